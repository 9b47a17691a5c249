import type { FastifyInstance } from 'fastify'

/**
 * One thing that must be right before requests are welcome. Answers nothing when it is, else one sentence for the
 * operator; what it throws is treated as not right. The sentences are public: no addresses, no secrets.
 */
export type ReadinessCheck = () => Promise<string | undefined>

const WITHIN = 2_000 // 2 s for all checks, which run at the same time

/**
 * `GET /health/live`: the program runs; restart it if this does not answer.
 * `GET /health/ready`: 200 when every check is right, else 503; send requests elsewhere. Both need no sign-in.
 *
 * @param checks by name, such as `database`, `migrations`, `sequencer`, `shutdown`
 */
export function serveHealth(server: FastifyInstance, checks: Record<string, ReadinessCheck>): void {
  server.get('/health/live', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return { status: 'live' }
  })
  server.get('/health/ready', async (request, reply) => {
    const names = Object.keys(checks)
    const answers = await Promise.all(
      names.map(async (name) => {
        try {
          return await inTime(checks[name]!())
        } catch (error) {
          request.log.warn({ error, check: name }, 'A readiness check failed')
          return 'cannot be checked'
        }
      }),
    )
    const ready = answers.every((answer) => answer === undefined)
    reply.header('cache-control', 'no-store').code(ready ? 200 : 503)
    return {
      status: ready ? 'ready' : 'not ready',
      checks: Object.fromEntries(names.map((name, index) => [name, answers[index] ?? 'ok'])),
    }
  })
}

async function inTime(check: Promise<string | undefined>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, WITHIN, `no answer within ${WITHIN / 1_000} s`)
  })
  return Promise.race([check, late]).finally(() => clearTimeout(timer))
}
