import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from soundness.judging import documents
from soundness.trees import NotRead
tot=0; n=0
for d in documents():
    if [a for a in sys.argv[1:] if a!="-q"] and not any(a in d.path.stem for a in sys.argv[1:] if a!="-q"): continue
    n+=1; bad=[]; claims=0
    for e in d.equations:
        try:
            j=d.judged(d.tokens(e.latex)); c=d.claimed(e.latex); claims+=c
            if "-q" not in sys.argv or j.kind!="equal": bad.append(("C" if c else "d")+f" {e.line} {j.kind} {j.why} | {e.latex}")
        except Exception as ex: bad.append(f"!! {e.line} {type(ex).__name__} {ex} | {e.latex}")
    tot+=claims
    if bad or "-q" not in sys.argv: print(d.path.name, claims, *bad, sep="\n  ")
print(n, tot)
