"""LaTeX to a flat list of tokens, in one normal form.

Two sources that a reader of the page cannot tell apart give the same tokens: spacing is dropped, scripts are braced and come subscript first, ``\\dfrac`` is
``\\frac``, ``\\left(`` is ``(``, ``\\frac12`` is ``\\frac{1}{2}``, ``\\underbrace{u}_{(1)}`` is ``{u}``. A letter with its font or accent is one token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from dlref.latex.docstring import FormulaError

SPACING = frozenset(r"\, \; \: \! \> \quad \qquad \displaystyle \textstyle \limits \nolimits ~".split()) | {"\\ "}
SIZES = frozenset(r"\left \right \middle \bigl \bigr \Bigl \Bigr \biggl \biggr \big \Big \bigg \Bigg".split())
FONTS = frozenset(r"\mathbf \mathrm \mathcal \mathbb \mathit \mathsf \boldsymbol \operatorname \text".split())
ACCENTS = frozenset(r"\hat \tilde \bar \vec \overleftarrow \overrightarrow \widehat \widetilde \dot".split())
SAME = {
    r"\le": r"\leq", r"\leqslant": r"\leq", r"\ge": r"\geq", r"\geqslant": r"\geq", r"\ne": r"\neq", r"\to": r"\rightarrow", r"\gets": r"\leftarrow",
    r"\lVert": r"\|", r"\rVert": r"\|", r"\Vert": r"\|", r"\lvert": "|", r"\rvert": "|", r"\vert": "|", r"\ast": "*", r"\lbrace": r"\{", r"\rbrace": r"\}",
    r"\lbrack": "[", r"\rbrack": "]", r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\ldots": r"\dots", r"\dotsc": r"\dots", r"\lt": "<", r"\gt": ">",
    r"\colon": ":", r"\ln": r"\log", r"\operatorname*": r"\operatorname", r"\mathop": r"\operatorname",
}  # fmt: skip
KNOWN = frozenset(
    r"""\alpha \beta \gamma \delta \epsilon \varepsilon \zeta \eta \theta \vartheta \iota \kappa \lambda \mu \nu \xi \pi \rho \sigma \tau \upsilon \phi \varphi
    \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Upsilon \Phi \Psi \Omega \nabla \partial \ell \infty \prime \top \sum \prod \max \min \sup \inf
    \arg \exp \log \sin \cos \tanh \det \lfloor \rfloor \lceil \rceil \{ \} \| \mid \leq \geq \neq \in \notin \subseteq \sim \rightarrow \leftarrow \mapsto \iff \forall
    \exists \cdot \times \odot \circ \star \setminus \dots \cdots \pm \mp \approx \equiv \land \lor \emptyset \cup \cap \wedge \vee \propto \bullet""".split()
)
ENVIRONMENTS = frozenset({"cases", "aligned", "pmatrix"})
CLOSING = {"(": ")", "[": "]", r"\{": r"\}", r"\lfloor": r"\rfloor", r"\lceil": r"\rceil", "{": "}"}
# What KaTeX does not take as an argument without braces; of \frac, accents and fonts neither what has an argument of its own.
NO_ARGUMENT = frozenset(r"\sqrt \operatorname \underbrace \sum \prod \max \min \sup \inf \arg \exp \log \sin \cos \tanh \det".split())
DEEPEST = 40
RAW = re.compile(r"\\(?:begin|end)\{[a-zA-Z*]*\}|\\(?:[a-zA-Z]+\*?|.)|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)
TEXT = re.compile(r"\s*\{([^{}\\$]*)\}")


class LatexError(FormulaError):
    """A formula that cannot be read or evaluated; the message shows the place as a compiler does."""

    def __init__(self, kind: str, latex: str, at: int, message: str, values: tuple[str, str] | None = None) -> None:
        self.kind = kind
        self.reason = message
        self.at = at
        self.values = values  # of the formula and of the function, where they differ
        first = latex.rfind("\n", 0, at) + 1
        line = latex[first:].split("\n", 1)[0].replace("\t", " ")
        self.place = f"  {line}\n  {' ' * (at - first)}^"
        super().__init__(f"{kind}: {message}\n{self.place}")


@dataclass(frozen=True, slots=True)
class Token:
    """One symbol of the normal form and where it stands in the source."""

    text: str
    at: int


@lru_cache(maxsize=4096)  # declarations are read again and again
def read(latex: str) -> tuple[Token, ...]:
    """The tokens of a formula in normal form; LatexError where the LaTeX is not of the subset."""
    reader = _Reader(latex)
    reader.row(until=None)
    return tuple(reader.out)


def texts(latex: str) -> tuple[str, ...]:
    """The normal form without places: what two formulas are compared by."""
    return tuple(token.text for token in read(latex))


class _Reader:
    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.raw = [(m.group(), m.start()) for m in RAW.finditer(latex)]
        self.pos = 0
        self.out: list[Token] = []
        self.depth = 0
        self.environments: list[str] = []
        self.labels = 0
        self.marks = 0

    def fail(self, message: str, at: int | None = None) -> LatexError:
        return LatexError("grammar", self.latex, len(self.latex) if at is None else at, message)

    def peek(self) -> tuple[str, int]:
        """The next source token that is not spacing; an empty text at the end."""
        while self.pos < len(self.raw):
            text, at = self.raw[self.pos]
            if not text.isspace() and text not in SPACING:
                return SAME.get(text, text), at
            self.pos += 1
        return "", len(self.latex)

    def emit(self, text: str, at: int) -> None:
        """A token; digits beside one another are one numeral, whatever spacing or braces stand between them in the source."""
        if text[0].isdigit() and self.out:
            last = self.out[-1]
            if last.text[0].isdigit() and not ("." in last.text and "." in text):
                self.out[-1] = Token(last.text + text, last.at)
                return
            if last.text == "." and len(self.out) > 1 and self.out[-2].text.isdigit() and text.isdigit():
                self.out[-2:] = [Token(f"{self.out[-2].text}.{text}", self.out[-2].at)]
                return
        self.out.append(Token(text, at))

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fail(f"nested deeper than {DEEPEST} levels", self.peek()[1])

    def row(self, until: str | None) -> None:
        """Atoms up to the closing token, which is taken."""
        self.deeper()
        while True:
            text, at = self.peek()
            if not text:
                if until is not None:
                    raise self.fail(f"expected '{until}'", at)
                break
            if text == until:
                self.pos += 1
                break
            if text in ("}", ")", "]", r"\}", r"\rfloor", r"\rceil") or text.startswith(r"\end"):
                # Half-open intervals close with the other bracket.
                if not (until in (")", "]") and text in (")", "]")):
                    raise self.fail(f"'{text}' closes nothing", at)
                self.pos += 1
                self.emit(text, at)
                self.depth -= 1
                return
            self.atom()
        self.depth -= 1
        if until is not None and until != "}" and not until.startswith(r"\end"):
            self.emit(until, at)

    def group(self, at: int) -> list[Token]:
        """The tokens of a braced group whose opening brace was taken."""
        outer, self.out = self.out, []
        self.environments.append("")
        self.row(until="}")
        self.environments.pop()
        inner, self.out = self.out, outer
        return inner

    def argument(self, what: str, plain: bool = False) -> list[Token]:
        """One TeX argument: a group, or the next single token (of a numeral its first digit), ``plain`` where it may have no argument of its own."""
        text, at = self.peek()
        if not text or text in "}&_^'" or text == r"\\":
            raise self.fail(f"expected {what}", at)
        if text == "{":
            self.pos += 1
            return self.group(at)
        no_argument = text in NO_ARGUMENT or text in ACCENTS or text in SIZES or text in CLOSING or text.startswith((r"\begin", r"\end"))
        if no_argument or plain and (text in FONTS or text == r"\frac"):
            raise self.fail(f"'{text}' needs braces to be {what}", at)
        if text[0].isdigit() and len(text) > 1:
            self.raw[self.pos] = (text[1:], at + 1)
            return [Token(text[0], at)]
        outer, self.out = self.out, []
        self.deeper()
        self.single()
        self.depth -= 1
        inner, self.out = self.out, outer
        return inner

    def braced(self, tokens: list[Token], at: int) -> None:
        self.emit("{", at)
        self.out.extend(tokens)
        self.emit("}", tokens[-1].at if tokens else at)

    def atom(self) -> None:
        """One symbol with its scripts, the subscript first."""
        text, at = self.peek()
        if text in ("_", "^", "'"):
            raise self.fail("a script needs something before it", at)
        brace = text == r"\underbrace"
        self.single()
        scripts: dict[str, list[Token]] = {}
        primes: list[Token] = []
        where = at
        while True:
            text, at = self.peek()
            if text == "'":
                if "^" in scripts:
                    raise self.fail("expected the prime before the superscript", at)
                self.pos += 1
                primes.append(Token(r"\prime", at))
            elif text in ("_", "^"):
                if text in scripts:
                    raise self.fail(f"a second '{text}'", at)
                self.pos += 1
                scripts[text] = self.argument("a script")
                if not scripts[text]:
                    raise self.fail("an empty script", at)
            else:
                break
            where = at
        if brace:
            self.labels += 1
            label = "".join(t.text for t in scripts.pop("_", []))
            if scripts or primes or label != f"({self.labels})":
                raise self.fail(f"expected the label _{{({self.labels})}} under the brace", where)
            return
        if primes:
            scripts["^"] = primes + scripts.get("^", [])
        for mark in ("_", "^"):
            if mark in scripts:
                self.emit(mark, scripts[mark][0].at)
                self.braced(scripts[mark], scripts[mark][0].at)

    def single(self) -> None:
        """One symbol without scripts."""
        text, at = self.peek()
        self.pos += 1
        if text in SIZES:
            self.sized(text, at)
        elif text == "{":
            inner = self.group(at)
            if not inner:
                raise self.fail("an empty group", at)
            for token in inner:  # braces are not seen: they group nothing
                self.emit(token.text, token.at)
            if len(inner) > 1 and self.peek()[0] in ("_", "^", "'"):
                raise self.fail("a script on a group; write brackets", self.peek()[1])
        elif text in CLOSING:
            self.emit(text, at)
            self.row(until=CLOSING[text])
        elif text == r"\text":
            match = TEXT.match(self.latex, at + len(r"\text"))
            if match is None:
                raise self.fail("expected {words} without LaTeX after \\text", at)
            while self.pos < len(self.raw) and self.raw[self.pos][1] < match.end():
                self.pos += 1
            self.emit(rf"\text{{{match.group(1).strip()}}}", at)
        elif text in FONTS:
            self.emit(f"{text}{{{self.word(text)}}}", at)
        elif text in ACCENTS:
            inner = self.argument("something under the accent", plain=True)
            if len(inner) == 1:
                self.emit(f"{text}{{{inner[0].text}}}", at)
            else:
                self.emit(text, at)
                self.braced(inner, at)
        elif text == r"\frac":
            self.emit(text, at)
            self.braced(self.argument("a numerator", plain=True), at)
            self.braced(self.argument("a denominator", plain=True), at)
        elif text == r"\sqrt":
            if self.peek()[0] == "[":
                raise self.fail("only square roots are read", self.peek()[1])
            self.emit(text, at)
            self.braced(self.argument("a radicand"), at)
        elif text == r"\underbrace":
            self.out.extend(self.argument("something above the brace"))
        elif text.startswith(r"\begin"):
            self.environment(text[7:-1], at)
        elif text in ("&", r"\\"):
            self.separator(text, at)
        elif text in KNOWN or (text[0] != "\\" and text.isascii() and (text.isalnum() or text[0].isdigit() or text in "+-*/=<>,;:.!|")):
            self.emit(text, at)
        else:
            raise self.fail(f"'{text}' is not read here", at)

    def word(self, font: str) -> str:
        """The letters in a font, as one word."""
        text, at = self.peek()
        inner = self.argument(f"something in {font}", plain=True)
        if not inner:
            raise self.fail(f"expected something in {font}", at)
        return "".join(t.text for t in inner)

    def sized(self, size: str, at: int) -> None:
        r"""``\left( … \right)`` and the like: the delimiter alone counts, but \left needs its \right."""
        text, place = self.peek()
        if size == r"\left":
            self.pos += 1
            if text in ("(", "[", r"\{", r"\lfloor", r"\lceil", "|", r"\|"):
                self.emit(text, place)
            else:
                raise self.fail("expected a bracket after \\left", place)
            self.deeper()
            self.environments.append("")
            while True:
                inner, spot = self.peek()
                if inner == r"\right":
                    self.pos += 1
                    break
                if not inner or inner in (")", "]", r"\}", "}", r"\rfloor", r"\rceil") or inner.startswith(r"\end"):
                    raise self.fail("expected \\right", spot)
                self.atom()
            self.environments.pop()
            self.depth -= 1
            close, spot = self.peek()
            half_open = text in ("(", "[") and close in (")", "]")
            if close != CLOSING.get(text, text) and not half_open:
                raise self.fail(f"expected '{CLOSING.get(text, text)}' after \\right", spot)
            self.pos += 1
            self.emit(close, spot)
        elif size == r"\right":
            raise self.fail("\\right without \\left", at)
        elif not text:
            raise self.fail("expected a bracket", place)
        elif text not in CLOSING and text not in (")", "]", r"\}", "|", r"\|", r"\rfloor", r"\rceil"):
            raise self.fail(f"expected a bracket after {size}", place)

    def environment(self, name: str, at: int) -> None:
        if name not in ENVIRONMENTS:
            raise self.fail(f"the environment '{name}' is not read; expected one of {', '.join(sorted(ENVIRONMENTS))}", at)
        self.environments.append(name)
        self.emit(rf"\begin{{{name}}}", at)
        self.row(until=rf"\end{{{name}}}")
        if self.out[-1].text == r"\\" and not self.marks:
            self.out.pop()  # an empty last row is not seen
        self.emit(rf"\end{{{name}}}", self.raw[self.pos - 1][1])
        self.environments.pop()

    def separator(self, text: str, at: int) -> None:
        if not self.environments or not self.environments[-1]:
            raise self.fail(f"'{text}' outside an environment", at)
        if self.environments[-1] == "aligned":  # alignment is layout: one mark a row, left out
            self.marks = self.marks + 1 if text == "&" else 0
            if self.marks > 1:
                raise self.fail("a second '&' in a row of aligned", at)
            if text == "&":
                return
        self.emit(text, at)
