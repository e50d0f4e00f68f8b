"""The Unicode characters that stand for a LaTeX command, a script or an accent."""

from __future__ import annotations

_SMALL_GREEK = "αβγδεζηθικλμνξπρστυφχψω"
_SMALL_NAMES = r"""
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
"""
_OTHERS = r"""
Γ=Gamma Δ=Delta Θ=Theta Λ=Lambda Ξ=Xi Π=Pi Φ=Phi Ψ=Psi Ω=Omega ϕ=phi ϵ=epsilon Σ=sum ∑=sum ∏=prod ∂=partial 𝜕=partial
∇=nabla ℓ=ell ∞=infty ⊤=top ⊙=odot ∘=circ ○=circ ⊗=otimes ⊕=oplus ·=cdot ⋅=cdot ∙=cdot •=cdot ×=times ÷=div ∗=ast
≔=coloneqq ≕=eqqcolon ←=gets ≤=le ≥=ge ⩽=le ⩾=ge ≠=ne ≈=approx ≃=simeq ≡=equiv ≜=triangleq ∈=in ∉=notin →=to ⟶=to
⇒=implies ⟹=implies ⇐=impliedby ⇔=iff ⟺=iff ↔=leftrightarrow ↦=mapsto ∝=propto ∼=sim …=dots ⋯=dots ⋮=vdots ⋱=ddots
′=prime ‖=Vert ∥=Vert ∣=mid ∀=forall ∃=exists ⟨=langle ⟩=rangle ⌊=lfloor ⌋=rfloor ⌈=lceil ⌉=rceil ∫=int ±=pm ∓=mp
∪=cup ∩=cap ⊂=subset ⊆=subseteq ∧=wedge ∨=vee ∅=emptyset ∖=setminus ≪=ll ≫=gg ⊥=perp ∴=therefore ∵=because ⋆=star
★=star ¬=neg 𝟙=one 𝜎=sigma 𝜃=theta 𝛼=alpha 𝛽=beta 𝜂=eta 𝜆=lambda 𝜇=mu 𝛿=delta 𝜖=epsilon 𝜙=phi
"""
CHARACTERS = dict(zip(_SMALL_GREEK, _SMALL_NAMES.split(), strict=True)) | {
    pair[0]: pair[2:] for pair in _OTHERS.split()
}
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵀᵗʰⁿⁱˡᴸʲᵏᵐᵃᵇᵖˢ", "0123456789+-=()TthnilLjkmabps", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ᵢⱼₖₗₘₙₐₑₒₓₕₚₛₜᵣᵤᵥ", "0123456789+-=()ijklmnaeoxhpstruv", strict=True))
COMBINING = {
    "\u0302": "hat",
    "\u0303": "tilde",
    "\u0304": "bar",
    "\u0305": "bar",
    "\u0307": "dot",
    "\u0308": "ddot",
    "\u20d7": "vec",
}
# Characters that look like an ASCII one and are typed in its place.
PLAIN = {
    "−": "-",
    "–": "-",
    "—": "-",
    "＝": "=",
    "（": "(",
    "）": ")",
    "，": ",",
    "；": ";",
    "、": ",",
    "：": ":",
    "。": ".",
    "＋": "+",
    "［": "[",
    "］": "]",
    "’": "'",
    "‘": "'",
    "＜": "<",
    "＞": ">",
    "｜": "|",
    "∕": "/",
    "⁄": "/",
    "＊": "*",
    "❘": "|",
}
