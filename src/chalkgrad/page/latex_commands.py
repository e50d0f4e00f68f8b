r"""The LaTeX commands that the reader knows, in one table: what each does, and with what.

A command that is in no row is a name, or, where an argument in braces follows, transparent; both are said as guesses.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from chalkgrad.page.latex_characters import CHARACTERS


class Command(NamedTuple):
    """What the tokenizer does at a command (one of its methods is called so), and the value that it needs for it."""

    kind: str
    value: str = ""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _rows(kind: str, names: str) -> dict[str, Command]:
    return dict.fromkeys(names.split(), Command(kind))


def _pairs(kind: str, pairs: str) -> dict[str, Command]:
    """Rows out of `name=value` pairs."""
    return {name: Command(kind, value) for name, _, value in (pair.partition("=") for pair in pairs.split())}


_SYMBOLS = r"""
Delta Gamma Lambda Omega Phi Pi Psi Sigma Theta Upsilon Xi alpha beta chi delta epsilon eta gamma iota kappa lambda mu
nu omega phi pi psi rho sigma tau theta upsilon varepsilon varphi varpi varrho varsigma vartheta xi zeta digamma
varkappa varDelta varGamma varLambda varOmega varPhi varPi varPsi varSigma varTheta varXi Pr arccos arccosh arcsin
arcsinh arctan arctanh arg argmax argmin cos cosh cot coth csc dagger ddagger deg det dim ell erf exp gcd hbar hom
imath inf infty intercal jmath ker lg lim liminf limsup ln log max min nabla partial rank sec sech sgn sin sinh sup
tan tanh top tr bot Re Im Tr aleph beth emptyset varnothing forall exists exist nexists neg lnot triangle angle square
Box blacksquare clubsuit diamondsuit heartsuit spadesuit flat natural sharp wp complement backprime degree checkmark
blacktriangle bigstar lozenge hslash eth mho S P diag softmax trace varlimsup varliminf nabla
"""
_FONTS = r"""
bm boldsymbol mathbb mathbbm mathbf mathbfcal mathcal mathds mathfrak mathit mathnormal mathrm mathscr mathsf mathtt
mbox operatorname operatornamewithlimits pmb symbf symbfit symrm text textbf textit textmd textnormal textrm textsc
textsf textsl texttt textup Bbb bold emph hbox fbox vb vec* mathbfit mathsfit boldmath
"""
PROSE_FONTS = _words(
    "mbox text textbf textit textmd textnormal textrm textsc textsf textsl texttt textup emph hbox fbox"
)
_UPRIGHT = PROSE_FONTS | {"operatorname", "operatornamewithlimits", "mathrm"}
CONNECTIVES = _words(
    "and as assume assuming because define finally here let note now recall similarly suppose "
    "else elsewhere for given hence if implies or otherwise provided since so subject "
    "then therefore thus unless when whenever where while with "
    "si sinon pour donc wenn falls sonst"
)
_SPECIAL = {"operatornamewithlimits": "operatorname", "Bbb": "mathbb", "bold": "mathbf", "vb": "mathbf"}

# What a command does with what follows: `r` one argument unread, `o` an optional one in square brackets, `a` one that
# is read, `n` one that is a note.
_TRANSPARENT = {
    "a": "boxed cancel bcancel xcancel smash mathrlap mathllap mathclap rlap llap underline ensuremath mathbin mathrel "
    "mathord mathopen mathclose mathpunct mathinner mathop vcenter sout underbar Aboxed hl uwave lefteqn",
    "r": "cite citep citet color eqref footnote footnotemark hphantom hskip kern label mkern mspace mskip phantom "
    "ref require vphantom vspace pagebreak index intertag usetag cline pagecolor definecolor nocite displaybreak "
    "vskip arraystretch underbracket overbracket",
    "rr": "setcounter addtocounter setlength addtolength",
    "n": "tag shortintertext intertext textcircled circled",
    "ra": "textcolor class cssId htmlClass htmlId htmlStyle htmlData href style colorbox raisebox scalebox",
    "oa": "bbox",
    "ora": "enclose",
    "rra": "fcolorbox",
}
_SKIPPED = r"""
allowbreak break displaystyle goodbreak hline limits mathstrut nobreak noindent nolimits nonumber notag par
scriptscriptstyle scriptstyle textstyle newline* centering left* strut null relax protect bgroup egroup tiny
scriptsize footnotesize small normalsize large Large LARGE huge Huge it sl tt sf sc em selectfont thinspace medspace
thickspace negthinspace negmedspace negthickspace enspace enskip nobreakspace space hfill hfil vfill dotfill mit
textsize normalfont upshape bfseries itshape rmfamily sffamily ttfamily unskip displaylimits operatorname*
phantomsection qed qedhere middle crcr raggedright leavevmode
"""
_SIZES = "big Big bigg Bigg bigl Bigl biggl Biggl bigm Bigm biggm Biggm bigr Bigr biggr Biggr left right middle"
_OPERATORS = r"""
cdot=\cdot times=\times odot=\odot circ=\circ ast=* bullet=\cdot div=/ otimes=\otimes cdotp=\cdot centerdot=\cdot
oplus=\oplus ominus=\ominus star=\star setminus=\setminus backslash=\setminus smallsetminus=\setminus cup=\cup
cap=\cap wedge=\wedge vee=\vee land=\wedge lor=\vee uplus=\uplus sqcup=\sqcup sqcap=\sqcap diamond=\diamond
oslash=\oslash boxtimes=\otimes boxplus=\oplus boxdot=\odot bigcirc=\odot bigodot=\odot amalg=\amalg ltimes=\ltimes
rtimes=\rtimes bigotimes=\otimes circledast=\circledast divideontimes=/ slash=/ colon=: ratio=: dotplus=\oplus
intercal*=\top bmod=\bmod mod=\bmod pmod=\bmod divsymbol=/
"""
_RELATIONS = r"""
approx=≈ simeq=≈ approxeq=≈ cong=≅ equiv=≡ coloneqq=:= coloneq=:= colonequals=:= defeq=≜ eqdef=≜ doteq=≜ eqqcolon==:
triangleq=≜ le=<= leq=<= leqslant=<= leqq=<= ge=>= geq=>= geqslant=>= geqq=>= lt=< gt=> ne=!= neq=!= lesssim=<=
gtrsim=>= ll=≪ gg=≫ in=∈ ni=∋ owns=∋ notin=∉ to=→ rightarrow=→ longrightarrow=→ rarr=→ xrightarrow*=→ leftarrow=←
longleftarrow=← larr=← gets=← implies=⇒ Rightarrow=⇒ Longrightarrow=⇒ rArr=⇒ impliedby=⇐ Leftarrow=⇐ Longleftarrow=⇐
iff=⇔ Leftrightarrow=⇔ Longleftrightarrow=⇔ leftrightarrow=↔ longleftrightarrow=↔ propto=∝ varpropto=∝ sim=∼
thicksim=∼ mapsto=↦ longmapsto=↦ leadsto=⇝ rightsquigarrow=⇝ subset=⊂ subseteq=⊆ supset=⊃ supseteq=⊇ subsetneq=⊂
nsubseteq=⊄ prec=≺ preceq=⪯ succ=≻ succeq=⪰ perp=⊥ parallel=∥ vdash=⊢ models=⊨ dashv=⊣ asymp=≍ bowtie=⋈
hookrightarrow=→ twoheadrightarrow=→ rightharpoonup=→ uparrow=↑ downarrow=↓ darr=↓ dArr=⇓ lArr=⇐ hArr=⇔ lrarr=↔ uarr=↑
isin=∈ sube=⊆ Downarrow=⇓ Uparrow=⇑ updownarrow=↕ nearrow=↗ searrow=↘ swarrow=↙ nwarrow=↖ rightleftharpoons=↔
curvearrowright=→ upharpoonright=| restriction=| indep=⊥ xlongequal*== eqcirc=≜ risingdotseq=≈ stackrel*==
"""
_OVER_RELATIONS = r"""
xrightarrow=→ xleftarrow=← xRightarrow=⇒ xLeftarrow=⇐ xLeftrightarrow=⇔ xleftrightarrow=↔ xlongequal== xmapsto=↦
xlongrightarrow=→ xhookrightarrow=→
"""
_ACCENTS = r"""
hat=hat widehat=hat bar=bar overline=bar tilde=tilde widetilde=tilde vec=vec overrightarrow=vec dot=dot ddot=ddot
check=check breve=breve acute=acute grave=grave mathring=ring overleftarrow=vecleft overleftrightarrow=vec
widecheck=check dddot=dddot underleftarrow=underleft underrightarrow=underright
"""
_BIG = r"""
sum prod int iint iiint oint idotsint bigcup bigcap bigsqcup bigvee bigwedge bigoplus biguplus coprod intop sumop
smallint
"""
_DELIMITERS = {
    "open": "lbrace=\\{ lbrack=[ lvert=| lVert=\\| langle=\\langle lfloor=\\lfloor lceil=\\lceil lparen=( "
    "llbracket=[ lang=\\langle lgroup=( ulcorner=[",
    "close": "rbrace=\\{ rbrack=[ rvert=| rVert=\\| rangle=\\langle rfloor=\\lfloor rceil=\\lceil rparen=( "
    "rrbracket=[ rang=\\langle rgroup=( urcorner=[",
    "bar": "Vert=\\| vert=| mid=| lvert*=| divides=|",
}

COMMANDS: dict[str, Command] = {
    **_rows("symbol", _SYMBOLS),
    **_pairs("operator", _OPERATORS),
    **_pairs("relation", _RELATIONS),
    **_pairs("over_relation", _OVER_RELATIONS),
    **_rows("plus_minus", "pm mp"),
    **_rows("big", _BIG),
    **_rows("fraction", "cfrac dfrac frac tfrac sfrac nicefrac flatfrac"),
    **_rows("binomial", "binom dbinom tbinom"),
    **_pairs("derivative", r"pdv=\partial dv=d odv=d pderiv=\partial deriv=d fdv=\delta diffp=\partial"),
    **_pairs("accent", _ACCENTS),
    **_rows("font", _FONTS),
    **_rows("switch", "bf rm cal mathversion"),
    **_pairs("open", _DELIMITERS["open"]),
    **_pairs("close", _DELIMITERS["close"]),
    **_pairs("bar", _DELIMITERS["bar"]),
    **_pairs(
        "enclosed",
        r"abs=| absolutevalue=| norm=\| lVert*=\| set=\{ Set=\{ floor=\lfloor ceil=\lceil paren=( "
        r"inner=\langle innerproduct=\langle qty=( parens=( brackets=[ bracket=\langle",
    ),
    **_rows("size", _SIZES),
    **_rows("wide_space", "quad qquad"),
    **_rows("space_of", "hspace hskip*"),
    **_rows("dots", "cdots ddots dots dotsb dotsc dotsi dotsm dotso ldots vdots iddots hdots adots"),
    **_rows("row", "newline cr tabularnewline"),
    **_rows("brace", "overbrace underbrace"),
    **_rows("stacked", "overset stackrel underset overunderset"),
    **_rows("stack_of_lines", "substack"),
    **_rows("prime", "prime"),
    **_rows("root", "sqrt"),
    **_rows("degree_root", "root"),
    **_rows("negated", "not"),
    **_rows("infix", "over choose atop"),
    **_rows("environment", "begin end"),
    **_rows("verbatim", "verb"),
    **_rows("lead", "therefore because"),
    **_rows("refused", "catcode csname immediate include input openin openout read write"),
    **_rows("skip", _SKIPPED),
    **{name: Command("transparent", how) for how, names in _TRANSPARENT.items() for name in names.split()},
    **{name: Command("skip") for name in (",", ";", "!", ":", " ", ">", "/", "-", "\n", "\t", ")", "(", "]", "[")},
    "{": Command("open", r"\{"),
    "}": Command("close", r"\{"),
    "|": Command("bar", r"\|"),
    "'": Command("prime"),
    "_": Command("written_below"),
    "*": Command("operator", "*"),
    "^": Command("written_above"),
    "&": Command("symbol"),
    "#": Command("symbol"),
    "%": Command("symbol"),
    "$": Command("symbol"),
    "@": Command("skip"),
    '"': Command("skip"),
    "=": Command("relation", "="),
    "+": Command("skip"),
    ".": Command("skip"),
    "`": Command("skip"),
    "~": Command("skip"),
    "<": Command("relation", "<"),
}
SYMBOLS = frozenset(_SYMBOLS.split())
REFUSED = frozenset(name for name, command in COMMANDS.items() if command.kind == "refused")
KNOWN = sorted(name for name in COMMANDS if name.isalpha())
TAKES_LIMITS = frozenset({"max", "min", "sup", "inf", "lim", "argmax", "argmin", "limsup", "liminf"})

NEGATED = {"=": "!=", "∈": "∉", "≡": "≢", "⊂": "⊄", "⊆": "⊄", "<": ">=", ">": "<=", "≈": "≉", "∼": "≁", "|": "∤"}
RELATION_SIGNS = (
    ("<=>", "⇔"),
    ("==>", "⇒"),
    ("-->", "→"),
    (":=", ":="),
    ("=:", "=:"),
    ("==", "="),
    ("!=", "!="),
    ("<=", "<="),
    (">=", ">="),
    ("=>", "⇒"),
    ("->", "→"),
    ("<<", "≪"),
    (">>", "≫"),
    ("<- ", "←"),
)
PUNCTUATION = {"+": "SIGN", "-": "SIGN", "*": "OPERATOR", "/": "OPERATOR", "@": "OPERATOR", ",": "COMMA", ";": "COMMA"}
CLOSES = {
    "(": ")",
    "[": "]",
    r"\{": r"\}",
    "|": "|",
    r"\|": r"\|",
    r"\langle": r"\rangle",
    r"\lfloor": r"\rfloor",
    r"\lceil": r"\rceil",
    ".": r"\right",
}
# The words that stand over a relation and make another one of it.
OVER_RELATION = {"!": "=!", "?": "=?", "def": "≜", "Def": "≜", "def.": "≜", r"\triangle": "≜", r"\Delta": "≜", "Δ": "≜"}

_WORD = re.compile(r"[A-Za-z]+[A-Za-z0-9_-]*|[A-Za-z]{2,}\.[a-z]{2,}")  # or a function of code, `np.sum`
_SYMBOL = re.compile(r"\\([A-Za-z]+)")


def in_font(font: str, content: str) -> tuple[str, str] | None:
    r"""The token that something set in a font is: a word, a piece of prose (`TEXT`), or None for a formula.

    >>> in_font("operatorname", "ReLU"), in_font("text", "if so"), in_font("mathbf", "a+b")
    (('WORD', 'ReLU'), ('TEXT', 'if so'), None)
    """
    font = _SPECIAL.get(font, font)
    prose = font in PROSE_FONTS
    if prose and (not _WORD.fullmatch(content) or content.lower() in CONNECTIVES):
        return "TEXT", content
    if _WORD.fullmatch(content) or content in ("0", "1"):
        return "WORD", content if font in _UPRIGHT and not content.isdigit() else f"\\{font}{{{content}}}"
    if content in CHARACTERS and CHARACTERS[content] in SYMBOLS:
        return "WORD", f"\\{CHARACTERS[content]}"
    symbol = _SYMBOL.fullmatch(content)
    return ("WORD", content) if symbol and symbol[1] in SYMBOLS else None
