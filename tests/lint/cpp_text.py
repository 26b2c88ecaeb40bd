"""C++ sources as text: comments and literals blanked, includes, and variables that can change between calls.

No parser, only as much structure as the lint rules need. Line numbers survive every step.
"""

import re

_COMMENT_OR_LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/'
    r'|R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)


def _blank(text):
    return re.sub(r'[^\n]', ' ', text)


def without_comments(text):
    return _COMMENT_OR_LITERAL.sub(lambda m: _blank(m[0]) if m[0].startswith('/') else m[0], text)


def code_only(text):
    """Comments and literals blanked."""
    return _COMMENT_OR_LITERAL.sub(lambda m: _blank(m[0]), text)


def _without_preprocessor(code):
    return re.sub(r'^[ \t]*#(?:[^\n\\]|\\\n|\\.)*', lambda m: _blank(m[0]), code, flags=re.MULTILINE)


def includes(text):
    """Yields (line, path, quoted) of every include."""
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)', without_comments(text), re.MULTILINE):
        yield line_of(text, match.start(1)), match[2], match[1] == '"'


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def _without_template_arguments(text):
    text = re.sub(r'\boperator\s*[^\s\w(]+', 'operator', text)
    previous = None
    while text != previous:
        previous = text
        text = re.sub(r'<[^<>(){};]*(?:\([^<>(){};]*\)[^<>(){};]*)*>', ' ', text)
    return text


_DECORATION = re.compile(r'\[\[.*?\]\]|\b(?:alignas|decltype|__attribute__)\s*\((?:[^()]|\([^()]*\))*\)')
_NO_VARIABLE = re.compile(
    r'\b(?:using|typedef|class|struct|union|enum|namespace|friend|static_assert|concept|operator'
    r'|template|requires|public|private|protected)\b')
_LITERAL_ARGUMENTS = re.compile(r'[^(]*\(\s*[-+]?[\d.][^(),;]*[,)]')


def _head(statement):
    """A declaration up to its initialiser, without template arguments and attributes."""
    text = _DECORATION.sub(' ', statement)
    text = re.sub(r'\btemplate\s*(?=<)', ' ', text)
    text = _without_template_arguments(text)
    return re.split(r'(?<![=!<>])=(?!=)', text)[0].strip()


def _is_constant(head):
    if re.search(r'\bconstexpr\b', head):
        return True
    if '*' in head:
        return re.search(r'\*\s*const\b[^*]*$', head) is not None
    return re.search(r'\bconst\b', head) is not None


def _is_mutable_variable(statement, scope):
    if not statement.strip() or statement.lstrip().startswith(','):
        return False
    head = _head(re.sub(r'\b(?:public|private|protected)\s*:', ' ', statement))
    if scope == 'namespace':
        if '(' in head and not _LITERAL_ARGUMENTS.match(head):
            return False
        declares = len(re.findall(r'[A-Za-z_]\w*', head)) >= 2
    else:
        declares = re.search(r'\bstatic\b|\bthread_local\b', head) is not None
        if scope == 'type' and '(' in head:
            return False
    return declares and not _NO_VARIABLE.search(head) and not _is_constant(head)


def _scope_opened(statement, scope):
    """What a brace after this text opens: 'namespace', 'type' or 'block' (function, initialiser, control flow)."""
    head = _head(statement)
    if scope != 'block' and re.search(r'\bnamespace\b|^extern\s*$', head):
        return 'namespace'
    if re.search(r'\b(?:class|struct|union|enum)\b', head) and '(' not in head:
        return 'type'
    return 'block'


def mutable_statics(code):
    """Yields the offset of each mutable variable with static storage in code_only() text."""
    code = _without_preprocessor(code)
    scopes = [('namespace', 0)]
    start = 0
    parentheses = 0
    after_type = False
    for match in re.finditer(r'[{};()]', code):
        mark, offset = match[0], match.start()
        scope = scopes[-1][0]
        statement = code[start:offset]
        if mark == '(':
            parentheses += 1
        elif mark == ')':
            parentheses -= 1
        elif mark == '{':
            opened = _scope_opened(statement, scope)
            if opened == 'block' and _is_mutable_variable(statement, scope):
                yield _first_word(code, start)
            scopes.append((opened, parentheses))
            parentheses = 0
            start = offset + 1
        elif mark == '}':
            if len(scopes) > 1:
                closed, parentheses = scopes.pop()
                after_type = closed == 'type'
            start = offset + 1
            continue
        elif parentheses == 0:
            names_object = after_type and scope == 'namespace' and re.search(r'\w', statement)
            if names_object or _is_mutable_variable(statement, scope):
                yield _first_word(code, start)
            start = offset + 1
        if mark in '{;':
            after_type = False


def range_for_expressions(code):
    """Yields (offset, expression) of every range-based for loop."""
    for match in re.finditer(r'\bfor\s*\(', code):
        end = match.end()
        depth = 1
        while depth and end < len(code):
            depth += {'(': 1, ')': -1}.get(code[end], 0)
            end += 1
        header = re.fullmatch(r'[^;]*?(?<!:):(?!:)(.*)', code[match.end():end - 1], re.DOTALL)
        if header:
            yield match.start(), header[1].split(';')[-1].strip()


def _first_word(code, start):
    return start + re.search(r'\s*', code[start:]).end()
