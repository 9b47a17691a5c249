import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A program that lives as long as its standard input is open, so that it cannot outlive the test that started it. */
export interface Held {
  pid: number
  /** Comes back when it has written this line; rejects, with what it said, if it ends before. */
  says(line: string): Promise<void>
  tell(line: string): void
  end(): Promise<void>
}

export function hold(command: string, args: string[], env: Record<string, string> = {}): Held {
  const child: ChildProcess = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'pipe' })
  const said = new Set<string>()
  const complaints: string[] = []
  let wake = () => {}
  const news = () => new Promise<void>((resolve) => (wake = resolve))
  createInterface({ input: child.stdout! }).on('line', (line) => void (said.add(line), wake()))
  createInterface({ input: child.stderr! }).on('line', (line) => void complaints.push(line))
  child.stdin!.on('error', () => {})
  const over = new Promise<void>((resolve) => {
    child.once('error', (error) => void (complaints.push(error.message), resolve()))
    child.once('close', () => resolve())
  })
  let ended = false
  void over.then(() => ((ended = true), wake()))
  return {
    pid: child.pid ?? 0,
    async says(line) {
      while (!said.has(line)) {
        if (ended) throw new Error(`${command} ${args.join(' ')} ended before "${line}": ${complaints.join('\n')}`)
        await news()
      }
    },
    tell: (line) => void child.stdin!.write(`${line}\n`),
    async end() {
      child.stdin!.end()
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await over
      clearTimeout(late)
    },
  }
}

/** What a program wrote; rejects, with what it complained of, if it ends with an error. */
export function output(command: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString())
      else
        reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${Buffer.concat(err)}${Buffer.concat(out)}`))
    })
  })
}
