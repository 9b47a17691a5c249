/**
 * The raw text of one host, as it came: a line that says what it is and where it is from, then the marked sections. Several
 * of them after each other are a capture of several hosts. It holds no secret, because the script reads none.
 */
import { markOf, sectionNames } from './script.ts'

export interface Capture {
  /** Name of the host in the settings. */
  host: string
  address: string
  port: number
  /** When it was read, ISO 8601. */
  at: string
  /** The word that marks the sections. */
  word: string
  /** Which key the host showed. */
  key?: { type: string; fingerprint: string }
  sections: ReadonlyMap<string, string>
}

const HEAD = /^#waybill-ssh-capture 1 (.*)$/

type Head = Omit<Capture, 'sections'>

export const captureText = (head: Head, output: string) =>
  `#waybill-ssh-capture 1 ${JSON.stringify(head)}\n${output.endsWith('\n') ? output : `${output}\n`}`

/** What a host told; rejects, with a sentence, if it is not whole. */
export function captureOf(head: Head, output: string): Capture {
  const marks = new Map([...sectionNames, 'end'].map((name) => [markOf(head.word, name), name]))
  const sections = new Map<string, string[]>()
  let lines: string[] = []
  for (const line of output.split('\n')) {
    const name = marks.get(line)
    if (name) sections.set(name, (lines = []))
    else lines.push(line)
  }
  if (!sections.has('end')) {
    const last = [...sections.keys()].at(-1)
    throw new Error(
      last
        ? `What ${head.host} told breaks off in the section "${last}".`
        : `${head.host} told nothing that Waybill asked for: does its account have a POSIX shell?`,
    )
  }
  return { ...head, sections: new Map([...sections].map(([name, text]) => [name, text.join('\n').trim()])) }
}

/** A file that is no capture. */
export class CaptureFault extends Error {
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message)
  }
}

/**
 * The hosts of a capture that was kept, one after the other.
 *
 * @throws CaptureFault
 */
export async function* capturesIn(lines: AsyncIterable<string>, mostBytes: number): AsyncGenerator<Capture | Error> {
  let head: Head | null = null
  let text: string[] = []
  let bytes = 0
  const end = () => {
    try {
      return captureOf(head!, text.join('\n'))
    } catch (error) {
      return error as Error
    }
  }
  let number = 0
  for await (const line of lines) {
    number++
    const begins = HEAD.exec(line)
    if (!begins) {
      if (!head)
        throw new CaptureFault('This is no capture of Waybill: it must begin with "#waybill-ssh-capture 1".', number)
      bytes += line.length + 1
      if (bytes > mostBytes)
        throw new CaptureFault(`The capture of ${head.host} is larger than ${mostBytes} bytes.`, number)
      text.push(line)
      continue
    }
    if (head) yield end()
    head = headOf(begins[1]!, number)
    text = []
    bytes = 0
  }
  if (!head) throw new CaptureFault('The capture is empty.', 1)
  yield end()
}

function headOf(json: string, line: number): Head {
  let head: Partial<Head>
  try {
    head = JSON.parse(json) as Partial<Head>
  } catch {
    throw new CaptureFault(
      'The first line of a capture is broken: what follows "#waybill-ssh-capture 1" is not JSON.',
      line,
    )
  }
  const { host, address, port, at, word, key } = head
  const texts = [host, address, at, word]
  if (!texts.every((one) => typeof one === 'string' && one !== '') || !Number.isInteger(port)) {
    throw new CaptureFault('The first line of a capture must say host, address, port, at and word.', line)
  }
  return { host: host!, address: address!, port: port!, at: at!, word: word!, ...(key ? { key } : {}) }
}
