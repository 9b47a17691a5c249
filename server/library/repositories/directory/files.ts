import { constants } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Missing, Unreadable, Unusable, type OpenOffer } from '../../repository-driver.ts'

/** Opens one plain file of the folder; a symbolic link is not followed. */
export async function openFile(folder: string, file: string): Promise<OpenOffer> {
  const handle = await open(join(folder, file), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(
    async (error: NodeJS.ErrnoException) => {
      await requireFolder(folder)
      throw explained(error)
    },
  )
  return streamOf(handle).catch(async (error: unknown) => {
    await handle.close()
    throw error
  })
}

async function streamOf(handle: FileHandle): Promise<OpenOffer> {
  const facts = await handle.stat()
  if (!facts.isFile()) throw new Unusable('it is no plain file')
  return { stream: handle.createReadStream(), publishedAt: facts.mtime }
}

function explained(error: NodeJS.ErrnoException): Error {
  if (error.code === 'ENOENT') return new Missing('it is not there')
  if (error.code === 'ELOOP') return new Unusable('it is a symbolic link, which Waybill does not follow')
  return new Unusable(`it cannot be read (${error.code ?? error.message})`)
}

/** Rejects with `Unreadable`, saying why, unless the folder can be read. */
export async function requireFolder(folder: string): Promise<void> {
  const facts = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    throw new Unreadable(
      error.code === 'ENOENT'
        ? `The folder ${folder} is not there.`
        : `The folder ${folder} cannot be read (${error.code}).`,
    )
  })
  if (!facts.isDirectory()) throw new Unreadable(`${folder} is not a folder.`)
}
