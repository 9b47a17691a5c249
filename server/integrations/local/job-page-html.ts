import type { HostFacts } from './host.ts'
import type { Marker } from './marker.ts'

export interface HostJobs {
  host: string
  facts?: HostFacts
  markers: Marker[]
}

export function jobPage(
  product: { id: string; name: string },
  about: { deployment?: string; host?: string },
  hosts: HostJobs[],
): string {
  const shown = hosts.filter(({ markers }) => markers.length > 0)
  const rows = shown.flatMap((jobs) => jobs.markers.map((marker) => row(product.id, jobs, marker)))
  const subject = [about.deployment && `deployment ${about.deployment}`, about.host && `host ${about.host}`]
  const title = subject.filter(Boolean).join(', ') || 'all jobs'
  const empty = '<p class="empty">No job of this kind has reached a host yet.</p>'
  const head = ['Host', 'Package', 'State', 'Fence', 'Came', 'Took']
    .map((name) => `<th scope="col">${name}</th>`)
    .join('')
  const table = `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`
  return page(`${product.name}: ${title}`, rows.length === 0 ? empty : `${summary(shown)}${table}`)
}

export const notFoundPage = () => page('Not found', '<p class="empty">There is no such page.</p>')

export const pageCss = `
:root { color-scheme: light dark; --ink: #1c2430; --quiet: #5b6675; --ground: #f6f7f9; --card: #fff; --line: #dfe3e8;
  --ok: #12733f; --bad: #b3261e; --busy: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --quiet: #98a3b3; --ground: #12161c; --card: #1a2028;
  --line: #2b333e; --ok: #5dcf92; --bad: #ff8a80; --busy: #f0b95a; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 14px/1.5 system-ui, sans-serif }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1rem }
h1 { font-size: 1.15rem; font-weight: 600; margin: 0 0 .25rem; overflow-wrap: anywhere }
p { color: var(--quiet); margin: 0 0 1rem }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .5rem .75rem; border-top: 1px solid var(--line); vertical-align: top }
thead th { border-top: 0; color: var(--quiet); font-weight: 500; font-size: .8rem }
td { white-space: nowrap }
td:nth-child(3) { white-space: normal; min-width: 16rem; width: 100% }
td small { display: block; color: var(--quiet); overflow-wrap: anywhere }
a { color: inherit }
.ok { color: var(--ok) } .failed, .refused { color: var(--bad) } .running, .stopped { color: var(--busy) }
.empty, .summary { padding: 1rem .75rem; margin: 0 }
`

function row(productId: string, { host, facts }: HostJobs, marker: Marker): string {
  const { package: what, receipt } = marker
  const state = receipt?.outcome ?? 'running'
  const took = receipt?.steps.reduce((sum, step) => sum + step.duration, 0)
  const link = `/products/${encodeURIComponent(productId)}/hosts/${encodeURIComponent(host)}`
  const steps = receipt?.steps.map((step) => `${step.step} ${step.duration} ms`).join(', ') ?? `stage: ${marker.stage}`
  const cells = [
    `<a href="${text(link)}">${text(host)}</a><small>${text(facts?.site ?? 'not running')}</small>`,
    `${text(what.name)} ${text(what.version)}<small>${text(what.digest.slice(0, 19))}…</small>`,
    `<span class="${text(state)}">${text(state)}</span><small>${text(receipt?.cause ?? steps)}</small>`,
    text(marker.fence),
    text(marker.admittedAt.replace('T', ' ').slice(0, 19)),
    took === undefined ? '' : `${(took / 1_000).toFixed(2)} s`,
  ]
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
}

function summary(hosts: HostJobs[]): string {
  const markers = hosts.flatMap((jobs) => jobs.markers)
  const count = (state: string) => markers.filter(({ receipt }) => (receipt?.outcome ?? 'running') === state).length
  const states = ['ok', 'running', 'failed', 'refused', 'stopped'].filter((state) => count(state) > 0)
  const parts = states.map((state) => `<span class="${state}">${count(state)} ${state}</span>`)
  return `<p class="summary">${markers.length} jobs on ${hosts.length} hosts: ${parts.join(', ')}</p>`
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${text(title)}</title><link rel="stylesheet" href="/style.css"></head>
<body><main><h1>${text(title)}</h1><p>What the hosts themselves have recorded. Times are UTC.</p>
<div class="card">${body}</div></main></body></html>`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const text = (value: string) => value.replace(/[&<>"']/g, (character) => entities[character]!)
