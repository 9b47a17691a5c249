/** Folders of books: the lab's, one with a flaw, and none. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { book, computer, LAB_BOOK, labBookPath, operation, relation } from '../../support/idml/books.ts'
import type { AdapterBench } from '../adapter.contract.ts'

export async function idmlBench(): Promise<AdapterBench> {
  const [whole, flawed] = [await mkdtemp(join(tmpdir(), 'idml-whole-')), await mkdtemp(join(tmpdir(), 'idml-flawed-'))]
  await copyFile(labBookPath, join(whole, LAB_BOOK))
  await writeFile(join(whole, 'later.xml'), book(operation('create', computer('a'))))
  await writeFile(join(flawed, 'a.xml'), book(operation('create', computer('a') + relation('runsOn', 'a', 'nobody'))))
  const product = (folder: string) => ({ id: 'p', name: 'Books', config: { folder } })
  return {
    product: product(whole),
    badConfigs: [
      { config: { folder: 'books' }, says: /absolute path/ },
      { config: { folder: '/books', watch: 'perhaps' }, says: /yes or no/ },
      { config: { watch: 'yes' }, says: /needs a folder/ },
      { config: { floder: '/books' }, says: /"floder"/ },
    ],
    unreadable: [
      { product: product('/nowhere/books'), says: /\/nowhere\/books cannot be read: it does not exist/ },
      { product: product(join(whole, LAB_BOOK)), says: /it is no folder/ },
      { product: { ...product(''), config: {} }, says: /No folder of books is set/ },
    ],
    refused: [
      {
        product: product(whole),
        upload: { name: 'x.xml', open: () => Readable.from([Buffer.from('<?xml version="1.0"?>\n<book/>\n')]) },
        rule: 'book-structure',
        line: 2,
      },
    ],
    flawed: { product: product(flawed), rule: 'relation-ends' },
    secrets: [],
    close: async () => void (await Promise.all([whole, flawed].map((folder) => rm(folder, { recursive: true })))),
  }
}
