import { stringifyDocument } from '@urql/core'
import type { TypedDocumentNode } from '@urql/core'

/** The text of a document, for requests that do not go through the urql client. */
export const textOf = (document: TypedDocumentNode<unknown, never> | string) => stringifyDocument(document as string)
