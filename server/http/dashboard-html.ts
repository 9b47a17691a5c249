import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { existsSync } from 'node:fs'

/** A page's path in segments, `:id` standing for any, and the lines that name its files. */
interface Page {
  segments: readonly string[]
  links: string
}

/**
 * The built index.html for an address: it names the files of that page too, which the browser would hear of only once the
 * entry was read and carried out. The entry comes first, because without it they are of no use. The build wrote which those are (dashboard/vite/page-files.ts).
 */
export async function readDashboardHtml(built: string): Promise<(path: string) => string> {
  const html = await readFile(join(built, 'index.html'), 'utf8')
  const named = `${built}.pages.json`
  const files = existsSync(named)
    ? (JSON.parse(await readFile(named, 'utf8')) as Record<string, readonly string[]>)
    : {}
  const pages = Object.entries(files).map(([path, names]): Page => {
    const links = names.map((name) => `<link rel="modulepreload" fetchpriority="low" crossorigin href="/${name}">`)
    return { segments: path.split('/'), links: links.join('') }
  })
  // What is said by name goes before what stands for any: `/releases/new` before `/releases/:id`.
  pages.sort((a, b) => anyIn(a) - anyIn(b))
  return (path) => {
    const asked = path.split('/')
    const page = pages.find(
      ({ segments }) =>
        segments.length === asked.length && segments.every((each, at) => each.startsWith(':') || each === asked[at]),
    )
    return page ? html.replace('</head>', `${page.links}</head>`) : html
  }
}

const anyIn = ({ segments }: Page) => segments.filter((each) => each.startsWith(':')).length
