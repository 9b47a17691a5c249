/** What a view asked, as text to paste. The lines for a shell name the variable WAYBILL_TOKEN; none holds a secret. */
export interface Asked {
  query: string
  variables?: Record<string, unknown>
}

/** One argument, whatever stands in it: a POSIX shell leaves everything between single quotes as it is. */
export const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`

const inOneLine = (query: string) => query.replace(/\s+/g, ' ').trim()

/** A document with its variables in a comment of one line, which whatever reads GraphQL passes over. */
export function asDocument({ query, variables = {} }: Asked): string {
  const given = JSON.stringify(variables)
  return given === '{}' ? query : `${query.trimEnd()}\n\n# Variables:\n# ${given}\n`
}

export function asCurl({ query, variables = {} }: Asked, origin: string): string {
  const body = JSON.stringify({ query: inOneLine(query), variables })
  return [
    `curl ${origin}/graphql`,
    `-H 'content-type: application/json'`,
    `-H "authorization: Bearer $WAYBILL_TOKEN"`,
    `-d ${quoted(body)}`,
  ].join(' \\\n  ')
}

/** For the folder of Waybill (server/query/README.md). */
export function asCommand({ query, variables = {} }: Asked, origin: string): string {
  return [
    `WAYBILL_URL=${origin} WAYBILL_TOKEN="$WAYBILL_TOKEN" npm run --silent query --`,
    quoted(inOneLine(query)),
    ...(Object.keys(variables).length ? [`--variables ${quoted(JSON.stringify(variables))}`] : []),
  ].join(' \\\n  ')
}
