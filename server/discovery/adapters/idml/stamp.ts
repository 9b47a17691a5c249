/** The time of a book's operation as ISO 8601 in UTC; undefined if it is none. */
export function instantOf(written: string | undefined): string | undefined {
  if (!written || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/.test(written)) return undefined
  // Books are in UTC; some tools leave the Z away.
  const time = new Date(/(Z|[+-]\d\d:?\d\d)$/.test(written) ? written : `${written}Z`)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}
