import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { CannotStart } from './kernel/cannot-start.ts'
import { runProgram, untilSignal } from './program.ts'
import { ask, NoAnswer, wrongIn, type Answer, type Server } from './query/ask.ts'
import { follow } from './query/follow.ts'
import { readQuestion, type Question } from './query/question.ts'

/**
 * `npm run query -- DOCUMENT`: asks a running Waybill and prints its answer. Exit code 0: answered, 1: answered with
 * errors or refused, 2: not asked, or nobody there.
 */
await runProgram(async () => {
  // Whoever reads along has read enough, as `head` does.
  process.stdout.on('error', () => process.exit(0))
  const question = await readQuestion(process.argv.slice(2), { file: readDocument, input: pipedIn })
  const server = serverOf(process.env)
  try {
    if (question.isSubscription) return await Promise.race([followed(server, question), untilSignal().then(() => 0)])
    const answer = await ask(server, question)
    process.stdout.write(`${JSON.stringify(answer, null, process.stdout.isTTY ? 2 : 0)}\n`)
    return judged(answer, server)
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    process.stderr.write(`Waybill did not answer: ${error.message}\n`)
    return 2
  }
})

/** One line of JSON for each event. */
async function followed(server: Server, question: Question): Promise<number> {
  let code = 0
  const note = (sentence: string) => void process.stderr.write(`${sentence}\n`)
  for await (const answer of follow(server, question, note)) {
    process.stdout.write(`${JSON.stringify(answer)}\n`)
    code = Math.max(code, judged(answer, server))
  }
  return code
}

function judged(answer: Answer, server: Server): number {
  const wrong = wrongIn(answer, server)
  if (wrong) process.stderr.write(`${wrong}\n`)
  return wrong ? 1 : 0
}

/** The token comes from the environment alone: arguments stand in the list of processes, for everybody to read. */
function serverOf({ WAYBILL_URL, WAYBILL_TOKEN }: NodeJS.ProcessEnv): Server {
  const url = WAYBILL_URL?.trim() || 'http://localhost:4000'
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new CannotStart('WAYBILL_URL is wrong: it is not an address that begins with http:// or https://.')
  const token = WAYBILL_TOKEN?.trim() || null
  if (token && !/^[\x21-\x7e]+$/.test(token))
    throw new CannotStart('WAYBILL_TOKEN is wrong: a token has no spaces and no letters with accents. Copy it anew.')
  return { endpoint: new URL('/graphql', url), token }
}

function readDocument(file: string): Promise<string> {
  // npm runs programs in the folder of package.json, people name files from where they are.
  return readFile(resolve(process.env.INIT_CWD ?? '.', file), 'utf8').catch((cause: unknown) => {
    throw new CannotStart(`the file ${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, { cause })
  })
}

async function pipedIn(): Promise<string | null> {
  return process.stdin.isTTY ? null : text(process.stdin)
}
