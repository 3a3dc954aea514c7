#!/usr/bin/env python3
"""Forbids the forms of coroutine code that GCC 12 miscompiles, and some that are never safe.

usage: hazards.py ROOT | hazards.py --self-test

A line `// hazard-ok: reason` on or above the reported line allows it. The text is judged without a
parser, so the rules are a little stricter than the compiler's faults.
"""
import re
import sys
from pathlib import Path

TREES = ["include", "examples", "tests", "bench"]
# Reproductions of the faults, and code that must not compile.
EXCLUDED = ["tests/compile_fail/", "tests/gcc12/"]
SUFFIXES = {".hpp", ".cpp", ".ipp", ".h"}

NOISE = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r'|(?:\b(?:u8|u|U|L))?R"(?P<d>[^()\s\\]{0,16})\(.*?\)(?P=d)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?:\b(?:u8|u|U|L)|(?<!\w))'(?:\\.|[^'\\\n])+'",
    re.DOTALL)
ALLOW = re.compile(r"//\s*hazard-ok:\s*\S")
GOES_ON = re.compile(r"\s*[,.)}\]?:;(+*/<>=|&-]")  # behind a brace: the expression is not over
PAIRS = {"(": ")", "[": "]", "{": "}"}


def blank(text):
    """Comments become spaces, literals become `0`, so that every offset stays where it was."""
    def spaces(match):
        kept = re.sub(r"[^\n]", " ", match[0])
        return kept if match[0].startswith("/") else "0" + kept[1:]
    return NOISE.sub(spaces, text)


def partners(code):
    """Offset of each opening bracket -> offset of its closing one, and back."""
    found, stack = {}, []
    for at, char in enumerate(code):
        if char in PAIRS:
            stack.append(at)
        elif char in ")]}" and stack and PAIRS[code[stack[-1]]] == char:
            opened = stack.pop()
            found[opened], found[at] = at, opened
    return found


def hide(code, spans):
    """Blanks the insides of the given spans."""
    for begin, end in spans:
        code = code[:begin + 1] + re.sub(r"[^\n]", " ", code[begin + 1:end]) + code[end:]
    return code


def lambdas(code, pair):
    """(begin, captures, body begin, body end) of each lambda expression."""
    for match in re.finditer(r"\[", code):
        begin = match.start()
        before = code[:begin].rstrip()
        if begin not in pair or code[begin + 1:begin + 2] == "[" or before.endswith("["):
            continue
        keyword = re.search(r"\b(return|co_return|co_await|co_yield|case|else|do)$", before)
        if before and (before[-1].isalnum() or before[-1] in "_)]") and not keyword:
            continue  # a subscript
        captures = code[begin + 1:pair[begin]].strip()
        at = pair[begin] + 1
        # Over template and function parameters, specifiers and the trailing return type.
        while at < len(code) and code[at] not in "{;})],":
            at = pair.get(at, at) + 1 if code[at] in "([" else at + 1
            if code[at - 1] == "<":  # template arguments may hold commas
                depth = 1
                while at < len(code) and depth and code[at] not in "{;":
                    depth += {"<": 1, ">": -1}.get(code[at], 0)
                    at += 1
        if at < len(code) and code[at] == "{" and at in pair:
            yield begin, captures, at, pair[at]


def is_block(code, pair, brace):
    """A brace that holds statements: there is a `;` or another block directly in it."""
    inner = direct(code, pair, brace + 1, pair[brace], "{")
    return ";" in inner or not inner.strip()


def direct(code, pair, begin, end, brackets="([{"):
    """code[begin:end] without the insides of nested brackets of the given kinds."""
    out, at = [], begin
    while at < end:
        if code[at] in brackets and at in pair:
            out.append(" " * (pair[at] - at + 1))
            at = pair[at] + 1
        else:
            out.append(code[at])
            at += 1
    return "".join(out)


def expression(code, pair, at):
    """The span of the full expression statement around `at`; braced lists are part of it."""
    head_begins = {begin for _, begin, _ in heads(code, pair)}
    begin = at
    while begin > 0:
        char = code[begin - 1]
        if char == ";" or begin - 1 in head_begins:
            break
        if char in ")]}" and begin - 1 in pair:
            # A block or a function body before us ends the search, a braced list does not.
            if char == "}" and (is_block(code, pair, pair[begin - 1])
                                or not GOES_ON.match(code, begin)):
                break
            begin = pair[begin - 1]
            continue
        if char == "{" and (begin - 1 not in pair or is_block(code, pair, begin - 1)):
            break
        begin -= 1
    end = at
    while end < len(code):
        char = code[end]
        if char == ";" or (char == ")" and pair.get(end) in head_begins):
            break
        if char in "([{" and end in pair:
            block = char == "{" and is_block(code, pair, end)
            end = pair[end] + 1
            if block and not GOES_ON.match(code, end):
                break  # the body of a constructor, not of a lambda
            continue
        if char == "}" and (end not in pair or is_block(code, pair, pair[end])):
            break
        end += 1
    return begin, end


def heads(code, pair):
    """(keyword, begin, end) of the parentheses of each if, while, switch and for."""
    for match in re.finditer(r"\b(if|while|switch|for)\b\s*(?:constexpr\b\s*)?\(", code):
        begin = match.end() - 1
        if begin in pair:
            yield match[1], begin, pair[begin]


def find(text, in_library=False):
    """Returns a list of (line number, complaint)."""
    code = blank(text)
    pair = partners(code)
    found = []

    def report(at, complaint):
        found.append((code.count("\n", 0, at) + 1, complaint))

    all_lambdas = list(lambdas(code, pair))
    bodies = [(begin, end) for _, _, begin, end in all_lambdas]
    # The code of the functions alone: what stands in a lambda's body is judged with that body.
    scopes = [(hide(code, bodies), 0)]
    for begin, end in bodies:
        inner = [(b, e) for b, e in bodies if begin < b and e < end]
        scope = hide(code, inner)
        scopes.append((" " * (begin + 1) + scope[begin + 1:end] + " " * (len(code) - end), begin + 1))

    for scope, _ in scopes:
        local = partners(scope)
        head_spans = []
        for keyword, begin, end in heads(scope, local):
            head_spans.append((begin, end))
            where = begin
            if keyword == "for":
                flat = direct(scope, local, begin + 1, end)
                if ";" not in flat:
                    continue  # a range-for evaluates its range once, before the loop
                where = begin + flat.index(";")
            at = scope.find("co_await", where, end)
            if at >= 0:
                report(at, f"co_await in the head of `{keyword}`: await into a local first")
        without_heads = hide(scope, head_spans)
        for brace in (m.start() for m in re.finditer(r"\{", without_heads)):
            if brace not in local:
                continue
            inner = direct(without_heads, local, brace + 1, local[brace], "{")
            if "co_await" in inner and ";" not in inner:
                report(brace, "co_await in a braced list: await into a local first")
        for match in re.finditer(r"\?", without_heads):
            begin, end = operand(without_heads, local, match.start())
            if "co_await" in without_heads[begin:end]:
                report(match.start(), "co_await with the conditional operator: use if and else")
        for match in re.finditer(r"\{\s*\.\s*\w", without_heads):
            begin, _ = expression(without_heads, local, match.start())
            if re.search(r"\bco_await\b", without_heads[begin:match.start()]):
                report(match.start(), "temporary aggregate in an await expression: name it first")

    for begin, captures, body, end in all_lambdas:
        if not captures:
            continue
        inner = [(b, e) for b, e in bodies if body < b and e < end]
        if re.search(r"\bco_(await|return|yield)\b", hide(code, inner)[body:end]):
            report(begin, "coroutine lambda with captures: they die before its frame does")
        # Judged in the innermost body that holds the lambda.
        outer = [span for span in bodies if span[0] < begin and end < span[1]]
        siblings = [span for span in bodies if span not in outer]
        scope = hide(code, siblings)
        first, last = expression(scope, partners(scope), begin)
        if re.search(r"\bco_await\b", scope[first:last]):
            report(begin, "temporary lambda with captures in an await expression: name it first")

    if in_library:
        for match in re.finditer(r"\bdetached\b|(?:\.|->)\s*detach\b", code):
            report(match.start(), "nothing is detached inside the library")

    lines = text.split("\n")
    allowed = {n + offset for n, line in enumerate(lines, 1) if ALLOW.search(line)
               for offset in (0, 1)}
    return sorted({(n, what) for n, what in found if n not in allowed})


def operand(code, pair, at):
    """The span around a `?` that belongs to its conditional expression."""
    begin = at
    while begin > 0:
        char = code[begin - 1]
        if char in ")]}" and begin - 1 in pair:
            if char == "}" and is_block(code, pair, pair[begin - 1]):
                break
            begin = pair[begin - 1]
            continue
        if char in "([{;,":
            break
        begin -= 1
    end = at
    while end < len(code):
        char = code[end]
        if char in "([{" and end in pair:
            end = pair[end] + 1
            continue
        if char in ")]};,":
            break
        end += 1
    return begin, end


def code_blocks(text):
    """The ```cpp blocks of a Markdown text; everything else becomes empty lines."""
    out, inside = [], False
    for line in text.split("\n"):
        fence = line.lstrip().startswith("```")
        if fence:
            inside = not inside and re.match(r"\s*```\s*(cpp|c\+\+)", line) is not None
        out.append("" if fence or not inside else line)
    return "\n".join(out)


GOOD = [
    "task f() { auto r = co_await g(); if (r) co_return; while (r != 2) { r = co_await g(); } }",
    "task f() { for (auto& x : co_await g()) { use(x); } }",
    "task f() { for (int i = 0; i < 3; ++i) { co_await g(i); } }",
    "task f() { if (a) { co_await g(); } else { co_await h(); } }",
    "// if (co_await f())\n/* x ? co_await a : b */ auto s = \"if (co_await f())\";",
    "auto s = R\"x(if (co_await f()) \" )x\"; int n = 1'000; char c = '\"'; char d = '{';",
    "task f() { auto x = co_await g(c ? 1 : 2); co_await h(x[1], std::string{\"a\"}); }",
    "task f() { auto h = [x](int y) { return x + y; }; co_await g(std::move(h)); }",
    "task f() { co_await g([](int y) { return y; }); }",
    "task f() { auto const o = options{.port = 1}; co_await g(o); auto e = co_await r(echo{}); }",
    "task f() { run([]() -> task { auto x = co_await g(); co_return; }); }",
    "task f() { auto done = false; post([&done] { done = true; }); co_await g(); }",
    "task f() { if (std::any_of(b, e, [&](int x) { return x == y; })) { co_await g(); } }",
    "task f() { try { co_await g(); } catch (error const& e) { if (e.code() == 1) { co_return; } } }",
    "// hazard-ok: the closure outlives the coroutine\nauto l = [&]() -> task { co_await g(); };",
    "auto l = [&]() -> task { co_await g(); }; // hazard-ok: the closure outlives the coroutine",
    "struct s { int a[3]; }; task f() { s v{1, 2}; auto n = v.a[i] ? 1 : 2; co_await g(n); }",
    "[[nodiscard]] task f() { switch (x) { case 1: { co_await g(); break; } default: break; } }",
    "task f() { auto v = c ? a : b; { co_await g(v); } }",
    "task f() { co_await g(); auto o = options{.port = 1}; auto l = [o] { use(o); }; }",
    "task f() { auto r = co_await g(); co_return r ? 1 : 2; }",
    "struct s { s(int a) : b{[a] { return a; }} {}\n  task f() override { co_await g(); } };",
]
BAD = [
    ("task f() { if (co_await g()) { } }", "head of `if`"),
    ("task f() { if (auto r = co_await g(); r) { } }", "head of `if`"),
    ("task f() {\n while (\n  co_await g()) { } }", "head of `while`"),
    ("task f() { do { x(); } while (co_await g()); }", "head of `while`"),
    ("task f() { switch (co_await g()) { case 1: break; } }", "head of `switch`"),
    ("task f() { for (int i = 0; i < co_await g(); ++i) { } }", "head of `for`"),
    ("auto l = []() -> task { if (co_await g()) { } };", "head of `if`"),
    ("task f() { auto x = c ? co_await g() : h(); }", "conditional operator"),
    ("task f() { auto x = (co_await g()) ? 1 : 2; }", "conditional operator"),
    ("task f() { use(1, c ? 1 : co_await g()); }", "conditional operator"),
    ("task f() { auto x = agg{co_await g(), 2}; }", "braced list"),
    ("task f() { co_return {1, co_await g()}; }", "braced list"),
    ("task f() { auto x = outer{inner{1, co_await g()}, 2}; }", "braced list"),
    ("task f() { co_await g([x](int y) { return x + y; }); }", "temporary lambda"),
    ("task f() { auto r = co_await g(1, [=, this]<class T>(T y) mutable { use(x, y); }); }",
     "temporary lambda"),
    ("task f() { g([&x] { x = 1; }, co_await h()); }", "temporary lambda"),
    ("task f() { run([]() -> task { co_await g([x] { use(x); }); }); }", "temporary lambda"),
    ("auto l = [&]() -> task { co_await g(); };", "coroutine lambda"),
    ("spawn(ex, [this]() -> awaitable<void, executor> { co_return; }, done);", "coroutine lambda"),
    ("auto l = [self = shared_from_this()] { co_return 1; };", "coroutine lambda"),
    ("task f() { co_await g(options{.name = \"x\"}); }", "temporary aggregate"),
    ("task f() { auto x = co_await g(1, {.name = \"x\"}); }", "temporary aggregate"),
    ("void f() { co_spawn(ex, g(), asio::detached); }", "nothing is detached"),
    ("void f() { std::thread(g).detach(); }", "nothing is detached"),
]


def self_test():
    for sample in GOOD:
        assert find(sample, True) == [], (sample, find(sample, True))
    for sample, expected in BAD:
        found = find(sample, True)
        assert len(found) == 1 and expected in found[0][1], (sample, found)
    assert find("void f() { co_spawn(ex, g(), asio::detached); }") == []
    readme = "text if (co_await x)\n```cpp\nif (co_await g()) {}\n```\n```sh\nif (co_await g())\n```\n"
    assert [line for line, _ in find(code_blocks(readme))] == [3]
    print(f"{len(GOOD)} good and {len(BAD)} bad samples judged rightly")


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 1:
        sys.exit(__doc__)
    root = Path(arguments[0])
    complaints = scanned = 0
    paths = [p for tree in TREES for p in (root / tree).rglob("*") if p.suffix in SUFFIXES]
    for path in sorted(paths) + sorted(root.glob("*.md")) + sorted(root.glob("doc*/**/*.md")):
        name = path.relative_to(root).as_posix()
        if any(name.startswith(prefix) for prefix in EXCLUDED):
            continue
        text = path.read_text("utf-8")
        if path.suffix == ".md":
            text = code_blocks(text)
        scanned += 1
        if not re.search(r"\bco_(await|return|yield)\b|\bdetach", text):
            continue
        for line, what in find(text, in_library=name.startswith("include/")):
            print(f"{name}:{line}: {what}")
            complaints += 1
    print(f"{scanned} files, {complaints} complaints")
    sys.exit(bool(complaints) or scanned == 0)


if __name__ == "__main__":
    main(sys.argv[1:])
