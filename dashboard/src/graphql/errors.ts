import type { CombinedError } from '@urql/core'

/** What a mutation's payload says when it was refused; all payloads have it. */
export interface UserError {
  code: string
  message: string
  field?: readonly string[] | null
}

const codeOf = (error: CombinedError) => error.graphQLErrors[0]?.extensions?.code

export const isUnauthenticated = (error: CombinedError) =>
  codeOf(error) === 'UNAUTHENTICATED' || error.response?.status === 401

/** A failure in two sentences: what happened, and what the reader can do. */
export function explain(error: CombinedError): { title: string; text: string } {
  if (error.networkError) {
    return {
      title: 'The server does not answer.',
      text: 'The page shows what it last knew and goes on by itself when the server is back.',
    }
  }
  const text = error.graphQLErrors.map(({ message }) => message).join(' ')
  switch (codeOf(error)) {
    case 'FORBIDDEN':
      return {
        title: 'You may not see this.',
        text: `${text} An administrator can grant you a role for it under People.`,
      }
    case 'NOT_FOUND':
      return { title: 'There is nothing here that you can see.', text }
    case 'INTERNAL_SERVER_ERROR':
      return { title: 'The server failed at this.', text }
    default:
      return { title: 'The server refused this.', text }
  }
}
