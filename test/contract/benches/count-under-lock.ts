/** Adds one to the number in a file, so many times, each time under the lock; with -1 takes the lock and keeps it. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from '../../../server/integrations/local/lock.ts'

const [folder, times] = [process.argv[2]!, Number(process.argv[3])]
const file = join(folder, 'count')
if (times < 0) {
  await withLock(folder, async () => {
    process.send!('held')
    await new Promise(() => setInterval(() => {}, 1_000))
  })
}
for (let i = 0; i < times; i++) {
  await withLock(folder, async () => {
    const count = Number(await readFile(file, 'utf8'))
    await writeFile(file, String(count + 1))
  })
}
process.disconnect()
