"""The words that stand in and beside maths, by what they say: conditions, connections, notes."""

from __future__ import annotations

import re

# "if", "for", "in the case where" in other languages than English, as they stand before maths
IF_ABROAD = r"si|pour|cas|cas\s+o[uù]|wenn|falls|für|cuando|se|quando|если|при"

_CONDITION = re.compile(
    r"[\s,;(]*(?:and\s+)?(?:only\s+)?(?P<word>if\s+and\s+only\s+if|if|for|when|whenever|unless|given(?:\s+that)?|"
    r"assuming|provided(?:\s+that)?|such\s+that|s\.\s?t\.|subject\s+to|in\s+case|in\s+the\s+case|as\s+long\s+as|while|"
    r"si|pour|wenn|falls|für|如果|若|当)"
    r"(?:\s+(?:all|any|every|each|some|tout|alle))?(?![\w-])",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(r"[\s,;(]*(?:(?:otherwise|else|elsewhere|sinon|sonst)\b|否则|其他|其它)", re.IGNORECASE)
_OTHER_CASES = re.compile(
    r"\(?\s*(?:otherwise|else|elsewhere|other|others|or else|for all others?|sonst|sinon)\b|否则|其他|其它",
    re.IGNORECASE,
)
_LEADS = {
    "so": "so", "hence": "hence", "thus": "thus", "therefore": "therefore", "then": "then", "and": "and", "or": "or",
    "implies": "implies", "gives": "so", "yields": "so", "get": "so", "obtain": "so", "have": "", "since": "since",
    "because": "because", "where": "where", "with": "with", "i.e": "that is", "i.e.": "that is", "is": "", "but": "but",
    "consequently": "so", "that is": "that is", "define": "let", "set": "let", "assume": "suppose",
}  # fmt: skip
_LEAD = re.compile(
    r"[\s,;(.]*(?:and\s+)?(?P<word>let|define|set|suppose|assume|so|hence|thus|therefore|then|and|or|implies|gives|yields|since|because|where|with|"
    r"i\.\s?e\.?|but|consequently|that\s+is)\b[\s,:]*(?:that|we\s+(?:get|have|obtain|find|see)|it\s+follows)?[\s,:]*",
    re.IGNORECASE,
)
_LAST_LEAD = re.compile(
    r"(?:^|[\s.,;:(])(?P<word>so|hence|thus|therefore|then|gives|yields|get|obtain|implies|consequently|"
    r"since|because|where|with|and|or|⇒)(?:\s+that|\s+us)?\s*[,:]?\s*$",
    re.IGNORECASE,
)
_AND_FOR = re.compile(r"[\s,]*(?:and|or)[\s,]*", re.IGNORECASE)


def condition_word(text: str) -> str | None:
    """What remains of words that begin a condition after the words that say so; None for any others.

    >>> condition_word("if "), condition_word("for all samples"), condition_word("the loss")
    ('', 'samples', None)
    """
    found = _CONDITION.match(text)
    return text[found.end() :].strip(" ,:") if found else None


def says_otherwise(text: str) -> bool:
    """Whether the words stand for all other cases."""
    return _OTHERWISE.match(text) is not None


def says_other_cases(text: str) -> bool:
    """Whether words where a condition should stand are for all other cases.

    >>> says_other_cases("for all others"), says_other_cases("if right")
    (True, False)
    """
    return _OTHER_CASES.match(text) is not None


def lead_word(text: str) -> str | None:
    """The word that connects, if the words are nothing else.

    >>> lead_word("so"), lead_word(" and thus "), lead_word("so the loss")
    ('so', 'thus', None)
    """
    found = _LEAD.fullmatch(text)
    return _LEADS.get(" ".join(found["word"].lower().split()), found["word"].lower()) if found else None


def last_lead(text: str) -> str:
    """The word at the end of a sentence's beginning that connects what follows; "" for none.

    >>> last_lead("Let us derive. Hence"), last_lead("and we get:"), last_lead("The loss is")
    ('hence', 'so', '')
    """
    found = _LAST_LEAD.search(text)
    return _LEADS.get(found["word"].lower(), "so") if found else ""
