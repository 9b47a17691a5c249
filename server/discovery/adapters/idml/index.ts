import { stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { DiscoveryAdapter, ReadOrder, Sighting } from '../adapter.ts'
import { booksIn, openBook, unpacked } from './files.ts'
import type { Book } from './read-book.ts'
import { readBooks } from './read-books.ts'

const FIELDS = ['folder', 'watch']

/** Books in IBM's Identity Markup Language, from a folder or handed in by a person. */
export function idmlAdapter(): DiscoveryAdapter {
  return {
    id: 'idml',
    title: 'IdML books',
    configFields: [
      {
        name: 'folder',
        title: 'Folder of books',
        help: 'Absolute path on the machine that runs Waybill, e.g. /var/lib/dla/books. Without one, books are handed in.',
        required: false,
      },
      {
        name: 'watch',
        title: 'Watch the folder',
        help: 'yes: a new book starts a discovery run within seconds. no: only people and schedules start one.',
        required: false,
      },
    ],
    upload: { endings: ['.xml', '.xml.gz'], maxSize: 1_073_741_824 }, // 1 GiB
    checkConfig,
    watched: ({ folder, watch }) =>
      watch === 'yes' && typeof folder === 'string'
        ? booksIn(folder).then((names) => names.map((name) => join(folder, name)))
        : undefined,
    read,
  }
}

function checkConfig(config: Record<string, unknown>): string[] {
  const { folder, watch } = config
  const faults = Object.keys(config)
    .filter((name) => !FIELDS.includes(name))
    .map((name) => `There is no setting "${name}".`)
  if (isGiven(folder) && (typeof folder !== 'string' || !isAbsolute(folder))) {
    faults.push('Folder of books must be an absolute path, such as /var/lib/dla/books.')
  }
  if (isGiven(watch) && watch !== 'yes' && watch !== 'no') faults.push('Watch the folder must be yes or no.')
  if (watch === 'yes' && !isGiven(folder)) faults.push('Watch the folder needs a folder of books.')
  return faults
}

const isGiven = (value: unknown) => value !== undefined && value !== null && value !== ''

async function* read({ product, upload, signal, finished }: ReadOrder): AsyncGenerator<Sighting> {
  yield* readBooks(upload ? [uploaded(upload)] : await booksOf(product.config.folder), finished, signal)
}

const uploaded = ({ name, open }: NonNullable<ReadOrder['upload']>): Book => ({
  name,
  open: () => unpacked(name, open()),
})

async function booksOf(folder: unknown): Promise<Book[]> {
  if (typeof folder !== 'string' || folder === '') {
    throw new Error('No folder of books is set: hand in a book, or set the folder.')
  }
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('it is no folder')
    return (await booksIn(folder)).map((name) => ({ name, open: openBook(folder, name) }))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = { ENOENT: 'it does not exist', EACCES: 'Waybill may not read it' }[code ?? ''] ?? message
    throw new Error(`The folder of books ${folder} cannot be read: ${why}.`, { cause: error })
  }
}
