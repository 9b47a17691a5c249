import type { Where } from '../adapter.ts'

/** The book cannot be taken, as a whole. The message is a sentence for people; `rule` its short name. */
export class BookFault extends Error {
  constructor(
    readonly rule: string,
    message: string,
    readonly where: Where = {},
  ) {
    super(message)
  }
}
