/** What POST /idml/certificate answers: the seven checks over a book that is handed in and not kept. */
export interface Certificate {
  book: string
  passed: boolean
  mss?: string
  elements: number
  relations: number
  checks: Check[]
}

export interface Check {
  code: string
  title: string
  /** Left out: the file could not be read so far. */
  passed?: boolean
  errors: number
  warnings: number
  /** The first ones. */
  findings: Finding[]
}

export interface Finding {
  severity: 'error' | 'warning'
  rule: string
  message: string
  where: { line?: number; element?: string }
}

/** Sends the file as it is. @throws Error with a sentence for people */
export async function certificateOf(file: File): Promise<Certificate> {
  const answer = await fetch(`/idml/certificate?name=${encodeURIComponent(file.name)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'x-waybill-csrf': '1' },
    body: file,
  }).catch(() => {
    throw new Error('The file could not be sent; Waybill does not answer.')
  })
  const said: unknown = await answer.json().catch(() => ({}))
  if (answer.ok) return said as Certificate
  throw new Error((said as { message?: string }).message ?? `Waybill did not take the file (${answer.status}).`)
}
