/** Where in a JSON text something stands: what is wrong with it, and on which lines its elements begin. */

/** The text is no JSON; the message ends a sentence and repeats nothing of it but one character. */
export class JsonFault extends Error {
  constructor(
    message: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(message)
  }
}

/** @throws JsonFault */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const at = faultIn(text)
    const before = text.slice(0, at)
    const line = before.split('\n').length
    const column = at - before.lastIndexOf('\n')
    const char = text.codePointAt(at)
    const why = char === undefined ? 'it ends too early' : `${JSON.stringify(String.fromCodePoint(char))} does not fit`
    throw new JsonFault(`${why} in line ${line}, column ${column}`, line, column)
  }
}

const SPACE = /[ \t\n\r]*/y
const TOKEN =
  /([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y

type Wanted = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing'

/** Offset of the first token that does not fit; the engine does not say it for every fault. */
function faultIn(text: string): number {
  const open: string[] = []
  let wanted: Wanted = 'value'
  const done = (): Wanted => (open.length > 0 ? 'comma or end' : 'nothing')
  for (let at = 0; ;) {
    SPACE.lastIndex = at
    SPACE.test(text)
    at = SPACE.lastIndex
    TOKEN.lastIndex = at
    const [token, mark, name] = TOKEN.exec(text) ?? []
    if (token === undefined) return at
    const takesValue: boolean = wanted === 'value' || wanted === 'value or end'
    const ends: boolean = mark === '}' ? wanted === 'key or end' : wanted === 'value or end'
    if (mark === '{' || mark === '[') {
      if (!takesValue) return at
      open.push(mark)
      wanted = mark === '{' ? 'key or end' : 'value or end'
    } else if (mark === '}' || mark === ']') {
      if (open.at(-1) !== (mark === '}' ? '{' : '[') || (!ends && wanted !== 'comma or end')) return at
      open.pop()
      wanted = done()
    } else if (mark === ',') {
      if (wanted !== 'comma or end') return at
      wanted = open.at(-1) === '{' ? 'key' : 'value'
    } else if (mark === ':') {
      if (wanted !== 'colon') return at
      wanted = 'value'
    } else if (name && (wanted === 'key' || wanted === 'key or end')) wanted = 'colon'
    else if (takesValue) wanted = done()
    else return at
    at = TOKEN.lastIndex
  }
}

const [QUOTE, BACKSLASH, NEWLINE, COMMA] = [34, 92, 10, 44]

/** The line on which each element of the outermost array begins; of a text that is JSON. */
export function elementLines(text: string): number[] {
  const lines: number[] = []
  let [line, depth, isDue] = [1, 0, false]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === NEWLINE) line++
    if (code <= 32) continue
    const [opens, closes] = [code === 91 || code === 123, code === 93 || code === 125]
    if (isDue && depth === 1 && !closes) {
      lines.push(line)
      isDue = false
    }
    if (code === QUOTE) {
      // Texts have no line breaks in JSON.
      for (at++; text.charCodeAt(at) !== QUOTE; at++) if (text.charCodeAt(at) === BACKSLASH) at++
    } else if (opens && ++depth === 1) isDue = true
    else if (closes) depth--
    else if (code === COMMA && depth === 1) isDue = true
  }
  return lines
}
