/** Questions to a host's running service, over loopback HTTP. */
import { get } from 'node:http'

export interface Answer {
  status: number
  body: Record<string, unknown>
}

/** The answer, or a sentence-worthy error after `patience` milliseconds. Bodies over 64 KiB are not read. */
export function ask(port: number, path: string, patience = 2_000): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(patience)
    const request = get({ host: '127.0.0.1', port, path, agent: false, signal }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
        if (text.length > 65_536) response.destroy(new Error('the answer is too long'))
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(text) }))
    })
    request.on('error', (error) => {
      reject(signal.aborted ? new Error(`no answer within ${patience} ms`, { cause: error }) : error)
    })
  })
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
