import { stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { certify } from './discovery/adapters/idml/certify.ts'
import { certificateText } from './discovery/adapters/idml/certificate-text.ts'
import { openBook } from './discovery/adapters/idml/files.ts'
import { CannotStart } from './kernel/cannot-start.ts'
import { runProgram } from './program.ts'

/** `npm run idml:certify -- FILE…`: the seven checks over IdML books; exit code 1 when a book fails one. */
await runProgram(async () => {
  const files = process.argv.slice(2)
  if (files.length === 0) throw new CannotStart('say which books: npm run idml:certify -- FILE…')
  let passed = true
  for (const file of files) {
    // npm runs programs in the folder of package.json, people name files from where they are.
    const path = resolve(process.env.INIT_CWD ?? '.', file)
    const found = await stat(path).catch(() => undefined)
    if (!found?.isFile()) throw new CannotStart(`there is no file ${file}.`)
    const certificate = await certify({ name: file, open: openBook(dirname(path), basename(path)) })
    process.stdout.write(certificateText(certificate))
    passed &&= certificate.passed
  }
  return passed ? 0 : 1
})
