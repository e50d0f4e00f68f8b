"""What is asked of the server, typed: FastAPI reads requests by it, and the OpenAPI description is made of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

LONGEST_TEXT = 500_000
LONGEST_MODEL = 20_000

Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Model = Annotated[str, Field(max_length=LONGEST_MODEL)]
Name = Annotated[str, Field(max_length=100)]
Form = Literal["scalar", "index", "matrix"]
Seed = Annotated[int, Field(ge=0, le=2**31)]
Names = Annotated[dict[Name, Annotated[str, Field(max_length=40)]], Field(max_length=200)]
LARGEST_FILE = 700_000  # bytes in base64, so that a request stays under 1 MB


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Check(_Message):
    """A document to be checked: Markdown, LaTeX or plain lines. `let` fixes names, as `chalkgrad check --let` does."""

    text: Text
    loss: Name = ""
    model: Model = ""
    let: Annotated[dict[Name, Name], Field(max_length=100)] = {}
    latex: bool | None = None


class Source(_Message):
    """What is derived: a network (a spec, a document's equations) or, with `is_formula`, any expression."""

    source: Model
    is_formula: bool = False
    wrt: Annotated[list[Name], Field(max_length=20)] = []
    kinds: Annotated[dict[Name, Name], Field(max_length=50)] = {}
    loss: Name = ""


class Board(Source):
    """Equations and gradients in a form and a notation."""

    form: Form = "index"
    notation: Name = "plain"
    names: Names = {}


class Code(Source):
    """Code for a language."""

    to: Name = "numpy"


class Network(_Message):
    """A network to be shown; with a `seed` its weights are those with which training begins.

    `names` are a person's own: of a letter, `h1`, of a unit, `x[0]`, of a layer, `layer h1`.
    """

    model: Model
    loss: Name = ""
    notation: Name = ""
    seed: Seed | None = None
    names: Names = {}


class Picture(Network):
    """A drawing as a file: svg, png, pdf or tikz; `weights` are float64 in base64, as `Trained` has them."""

    to: Literal["svg", "png", "pdf", "tikz"] = "svg"
    weights: Annotated[dict[Name, Annotated[str, Field(max_length=LARGEST_FILE)]], Field(max_length=200)] = {}


class Saved(_Message):
    """A `.safetensors` file that chalkgrad saved, in base64."""

    content: Annotated[str, Field(max_length=LARGEST_FILE)]


class Trained(BaseModel):
    """The network of such a file: its spec or program, and its parameters as float64 in base64, row by row."""

    model: str
    weights: dict[str, str]


class Mark(BaseModel):
    """A part of an equation that slipped: its place in the document, lines and columns from 1, in code points."""

    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int


class Claim(BaseModel):
    """One equation of the document with its verdict, as in `chalkgrad check --json`, and as MathML."""

    line: int
    column: int
    section: str
    latex: str
    kind: str
    title: str
    verdict: str
    reason: str
    chain: str
    counterexample: dict[str, Any] | None
    expected: str
    link: str
    marks: list[Mark]
    follows: int | None
    rests: str
    place: str
    mathml: str
    expected_mathml: str
    hints: list[str]
    mistakes: list[str]
    guesses: list[str]


class NameRead(BaseModel):
    """What a name of the document was taken for."""

    section: str
    name: str
    kind: str
    role: str
    because: list[str]


class ReadModel(BaseModel):
    """The network that the document defines."""

    spec: str
    guesses: list[str]


class Verdicts(BaseModel):
    """A document's verdicts."""

    model: ReadModel
    claims: list[Claim]
    names: list[NameRead]
    summary: dict[str, int]
    judged: dict[str, int]


class Written(BaseModel):
    """An equation, or several, in three outputs."""

    mathml: str
    latex: str
    text: str


class Step(BaseModel):
    """One step of a derivation."""

    rule: str
    sentence: str
    mathml: str
    latex: str


class Gradient(Written):
    """A gradient with the steps that lead to it."""

    wrt: str
    steps: list[Step]


class Derived(BaseModel):
    """Equations and gradients; `symbols` says what the characters of a symbol in a formula stand for."""

    model: str
    result: str
    equations: Written
    gradients: list[Gradient]
    symbols: dict[str, str]


class Drawn(BaseModel):
    """A network's drawing and its layers."""

    model: str
    spec: str
    sizes: list[int]
    activations: list[str]
    loss: str
    parameters: dict[str, list[int | str]]
    units: list[str]
    is_graph: bool
    svg: str
    alternative: str


class File(BaseModel):
    """A file to be saved; `content` is base64."""

    name: str
    content: str


class Printed(BaseModel):
    """Source code."""

    code: str


class Data(BaseModel):
    """A data set."""

    name: str
    x: list[list[float]]
    y: list[list[float]]
    columns: list[str]
    classes: list[str]


class Problem(BaseModel):
    """Why there is no answer, as a sentence for people."""

    error: str
