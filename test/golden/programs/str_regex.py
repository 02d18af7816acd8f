"""regex_replace and regex_full_match: RE2's syntax, flags, classes, rewrites, empty matches and errors."""
from oracle import attempt, note

TEXTS = ['hello world', 'aab', '', 'Foo.Bar (baz) [qux]', 'x=12,y=345', 'line one\nline two\r\n', u'\u00e9t\u00e9 caf\u00e9 \u4f60\u597d \U0001f600', 'KELVIN kelvin \u212a', 'a\tb\vc\fd', '$^*+?{}|\\']
REPLACE = [('o', '0'), ('a*', 'X'), ('', '-'), ('x*', '-'), (r'(\w+) (\w+)', r'\2 \1'), (r'[[:alpha:]]+', 'A'), (r'[^[:alnum:]_]', '.'), (r'\d+', '#'), (r'(?i)[A-F]', '*'), (r'(?i)k', 'q'), (r'(?P<first>[a-z])(?P<second>[a-z])', r'\2\1'),
           (r'^line', 'L'), (r'(?m)^line', 'L'), (r'(?m)$', '|'), (r'$', '|'), (r'\z', '!'), (r'\A', '!'), (r'.', 'd'), (r'(?s).', 'd'), (r'\s+', '_'), (r'\S+', 's'), (r'\W', 'w'), (r'\b', '|'), (r'\Bo', '0'), (r'\p{L}+', 'L'), (r'\pN', 'N'), (r'\p{Greek}|\p{Han}', 'H'), (r'\PL', 'p'), (r'[^\p{L}\d]', '.'),
           (r'(?U)l+', 'L'), (r'l+?', 'L'), (r'l{1,2}', 'L'), (r'l{2}', 'L'), (r'a{0,}', 'A'), (r'\x6c', 'L'), (r'\x{1F600}', ':)'), (r'\154', 'L'), (r'\Q.\E', 'dot'), (r'\Q$^*', 'Q'), (r'[]a]', 'z'), (r'[a\]]', 'z'), (r'[\d.-]', 'z'), (r'\a|\f|\v|\t', 'T'), (r'(a|ab)(c|bcd)*', r'[\0]'),
           (r'(?:h|w)(.)', r'<\1\1>'), (r'(l)|(o)', r'<\1\2>'), (r'o', r'\\'), (r'(?i:h)e', 'HE'), (r'(?i)h(?-i)E', 'x'), (r'(a*)*b', r'[\1]'), (r'(a|b)*', r'[\1]'), (r'[a-c-e]', 'r'), (r'|', 'e'), (r'(|a)+', 'f'), (r'\.', r'\0\0'), (r'[[:^digit:]]', 'n'), (u'\u00e9', 'e'), (u'[\u00e0-\u00ff]', 'e'), (r'\pZ', 'z'), (r'a{,2}', 'lit'), (r'{', 'br')]
MATCH = ['hello.*', 'a+b', '', '.*', '(?s).*', 'aa', r'x=\d+,y=\d+', '(?i)HELLO WORLD', 'hello|hello world', '[^a]*', u'.*\U0001f600', 'hello world\n?', '^aab$', r'\Aaab\z']
BAD = ['(', ')', '[', 'a)', '*', '+a', 'a**', 'a{1001}', 'a{2,1}', r'\1', r'\8', '(?=a)', '(?!a)', '(?<=a)', '(?<n>a)', '(?P<1>', '(?z)', '[z-a]', r'\p{Foo}', r'\pX', 'a\\', r'\x{110000}', r'\xg', '(?P=n)', r'\Z', r'\h', '(?i', '(?P<n', 'a{1000}{2}', '(((a{100}){100}){100})', r'[\pX]', '[a', r'[\b]', r'[a-\d]', '(?', '(?:', 'x{2}{3}', 'a++', r'\c', r'\u00e9', '[a-', 'x**', '(?i)(?s', '(?P<name']


def build(tf):
    t = tf.constant(TEXTS, name='t')
    pattern, rewrite = tf.placeholder(tf.string, name='pattern'), tf.placeholder(tf.string, name='rewrite')
    static = [tf.regex_replace(t, 'l+', 'L'), tf.strings.regex_replace(t, 'l', 'L', replace_global=False), tf.strings.regex_full_match(t, 'hello.*'), tf.strings.regex_full_match(t, pattern='a+b', name='fm')]
    dynamic = [tf.strings.regex_replace(t, pattern, rewrite, name='rr'), tf.regex_replace(t, pattern, 'x', False, name='first'), tf.strings.regex_full_match(t, pattern, name='full')]
    note('shapes', [[x.name, x.shape, x.op.type] for x in static + dynamic])
    for label, f in [('rank', lambda: tf.strings.regex_replace(t, ['a'], 'b')), ('rewrite rank', lambda: tf.strings.regex_replace(t, 'a', ['b'])), ('match rank', lambda: tf.strings.regex_full_match(t, ['a'])), ('text', lambda: tf.strings.regex_full_match(1, 'a'))]:
        attempt(label, f)
    odd = tf.placeholder(tf.string, name='odd')
    odd_replace = tf.regex_replace(odd, pattern, rewrite, name='odd_replace')
    runs = [{'fetch': static}]
    runs += [{'fetch': dynamic[:2], 'feed': {pattern: p, rewrite: r}} for p, r in REPLACE]
    runs += [{'fetch': dynamic[2], 'feed': {pattern: p}} for p in MATCH]
    runs += [{'fetch': dynamic[2], 'feed': {pattern: p}} for p in BAD]
    runs += [{'fetch': dynamic[0], 'feed': {pattern: p, rewrite: r}} for p, r in [('(', 'x'), ('o', r'\1'), ('(o)', r'\2'), ('o', r'a\x'), ('o', 'a\\'), ('(l)(o)?', r'\0-\2')]]
    runs += [{'fetch': dynamic[0], 'feed': {pattern: ['a'], rewrite: 'x'}}, {'fetch': dynamic[0], 'feed': {pattern: 'a', rewrite: ['x']}}, {'fetch': dynamic[2], 'feed': {pattern: ['a']}}]
    runs += [{'fetch': odd_replace, 'feed': {odd: [b'a\xffb', b'\xc3'], pattern: p, rewrite: '-'}} for p in ('.', 'b', '[^a]', 'a.b', u'\u00e9')]
    return {'runs': runs}
