import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

/**
 * A .tar.gz that is the same, byte for byte, on every machine: names sorted, owner and times fixed, and stored without
 * compression, since deflate differs between builds of zlib.
 */
export async function packReproducibly(files: Record<string, string>): Promise<Buffer> {
  const archive = pack()
  for (const [name, text] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    archive.entry({ name, mode: 0o644, uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0) }, text)
  }
  archive.finalize()
  const zipped = gzipSync(await buffer(archive), { level: 0 })
  zipped[9] = 255 // the header's "operating system" byte: unknown
  return zipped
}
