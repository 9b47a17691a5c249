import { fallback, isoTimestamp, nullable, pipe, string } from 'valibot'

/** The `at` of an address: an instant, or null for now. */
export const atInUrl = fallback(nullable(pipe(string(), isoTimestamp())), null)

/** What `<input type="datetime-local">` takes: the reader's own time, to the second. */
export function localInput(at: string): string {
  const date = new Date(at)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}
