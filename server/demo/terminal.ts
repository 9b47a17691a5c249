/** What the demo says while it works. On a terminal the last line is drawn over; elsewhere each line is written once. */
export interface Terminal {
  step(number: number, title: string): void
  /** A fact about the step, indented below it. */
  say(line: string): void
  /** A bar from 0 to 1 with a few words; drawn over itself. */
  progress(label: string, done: number, words: string): void
  /** Ends the bar. */
  settle(): void
}

const BAR = 28 // characters

export function terminal(out: NodeJS.WriteStream = process.stdout): Terminal {
  const live = out.isTTY
  let drawn = ''
  const bold = (text: string) => (live ? `\x1b[1m${text}\x1b[22m` : text)
  const settle = () => {
    if (live && drawn) out.write('\n')
    else if (drawn) out.write(`${drawn}\n`)
    drawn = ''
  }
  return {
    settle,
    step(number, title) {
      settle()
      out.write(`\n${bold(`${String(number).padStart(2)}  ${title}`)}\n`)
    },
    say(line) {
      settle()
      out.write(`    ${line}\n`)
    },
    progress(label, done, words) {
      const filled = Math.round(Math.min(1, Math.max(0, done)) * BAR)
      const line = `    ${label.padEnd(18)} ${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${String(Math.round(done * 100)).padStart(3)} %  ${words}`
      if (live) out.write(`\r\x1b[2K${line}`)
      drawn = line
    },
  }
}
