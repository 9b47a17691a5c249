import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

/** What is packed already, such as fonts, is left alone, and so is what fits into one packet. */
const TEXT = /\.(js|css|svg|html)$/
const SMALL = 1_400 // bytes

/** Puts a packed twin beside each file of text, `.br` and `.gz`: the server sends what the browser reads, a third of the bytes. */
export function packFiles(): Plugin {
  return {
    name: 'waybill-pack-files',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      const names = Object.keys(bundle).filter((name) => TEXT.test(name))
      await Promise.all(
        names.map(async (name) => {
          const file = join(dir!, name)
          const plain = await readFile(file)
          if (plain.length <= SMALL) return
          await writeFile(`${file}.br`, await promisify(brotliCompress)(plain))
          await writeFile(`${file}.gz`, await promisify(gzip)(plain, { level: 9 }))
        }),
      )
    },
  }
}
