import { expect, test } from 'vitest'
import { terminal } from '../../server/demo/terminal.ts'

/** What a demo of one step wrote, to a terminal or to something else. */
function written(isTTY: boolean): string {
  let all = ''
  const screen = terminal({ isTTY, write: (part: string) => (all += part).length > 0 } as NodeJS.WriteStream)
  screen.step(9, 'Deploy')
  screen.progress('DPL-1', 0.5, 'running')
  screen.progress('DPL-1', 1, 'succeeded')
  screen.say('Done.')
  screen.settle()
  return all
}

test('on a terminal the bar of the demo is drawn over itself', () => {
  const [half, whole] = ['█'.repeat(14) + '░'.repeat(14), '█'.repeat(28)]
  expect(written(true)).toBe(
    '\n\x1b[1m 9  Deploy\x1b[22m\n' +
      `\r\x1b[2K    DPL-1              ${half}  50 %  running` +
      `\r\x1b[2K    DPL-1              ${whole} 100 %  succeeded\n` +
      '    Done.\n',
  )
})

test('elsewhere each bar is one line, as it ended, without signs for a terminal', () => {
  expect(written(false)).toBe(`\n 9  Deploy\n    DPL-1              ${'█'.repeat(28)} 100 %  succeeded\n    Done.\n`)
})
