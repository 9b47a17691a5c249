import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import type { SeenFile } from '../adapters/adapter.ts'

interface Row {
  ordinal: number
  name: string
  stamp: string | null
  superseded: boolean
  items: number
}

/** The files that a run reads, gathered while it reads and written with its batches. */
export class Files {
  private readonly changed = new Map<string, Row>()
  private now: Row | null = null
  private begun = 0

  constructor(private readonly runId: string) {}

  begin({ name, stamp, isSuperseded = false }: SeenFile): void {
    const row = { ordinal: ++this.begun, name, stamp: stamp ?? null, superseded: isSuperseded, items: 0 }
    this.changed.set(name, row)
    this.now = isSuperseded ? null : row
  }

  /** One more item of the file that is read now. */
  count(): void {
    if (!this.now) return
    this.now.items++
    this.changed.set(this.now.name, this.now)
  }

  /** Hands over what changed: writing it comes later, when more may have been read already. */
  take(): (em: EntityManager) => Promise<void> {
    if (this.changed.size === 0) return async () => undefined
    const text = JSON.stringify([...this.changed.values()])
    this.changed.clear()
    return (em) => this.write(em, text)
  }

  private async write(em: EntityManager, text: string): Promise<void> {
    await rows(
      em,
      `insert into discovery_file (run_id, product_id, ordinal, name, stamp, superseded, items)
       select r.uuid, r.product_id, f.* from discovery_run r,
         json_to_recordset($1::json) as f(ordinal int, name text, stamp timestamptz, superseded boolean, items int)
       where r.uuid = $2
       on conflict (run_id, name) do update set items = greatest(discovery_file.items, excluded.items), read_at = excluded.read_at`,
      [text, this.runId],
    )
  }
}
