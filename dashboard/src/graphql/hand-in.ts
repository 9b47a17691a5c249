/** Hands a file in for discovery. Answers the id that a run or a preview names. @throws Error with a sentence for people */
export async function handIn(productId: string, file: File): Promise<string> {
  const query = new URLSearchParams({ productId, name: file.name })
  const answer = await fetch(`/discovery/uploads?${query}`, {
    method: 'POST',
    headers: { 'x-waybill-csrf': '1', 'content-type': 'application/octet-stream' },
    body: file,
  }).catch(() => null)
  const told = (await answer?.json().catch(() => null)) as { id?: string; message?: string } | null
  if (told?.id) return told.id
  throw new Error(told?.message ?? 'The file did not arrive. Try again.')
}
