import { computed, reactive, ref, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import { differing, leavesOf, same, withLeaf } from './leaves.ts'

/** A thing as a form holds it. */
export interface DraftOf<Fields> {
  /** Which thing; nothing: one that is still to be made. */
  id?: string | null
  /** Nothing while it is not known yet; until then nothing is a clash. */
  version?: number | null
  /** Plain values. Those of an object are fields of their own, as `config.url`; a list is one, see `ticks.ts`. */
  fields: Fields
}

/** What was typed here and changed elsewhere meanwhile, to something else. */
export interface Clash {
  /** Its name, or its path: `config.url`. */
  field: string
  /** What is there now. */
  live: unknown
}

export interface Draft<Fields> {
  /** What is typed. */
  draft: Fields
  /** Which thing was opened, also when it is gone. */
  readonly id: string | null | undefined
  /** What a save expects: that of what the fields are merged with. While there is a clash the server would refuse it. */
  readonly version: number | null | undefined
  /** The fields as they would be without what is typed: what a save replaces. */
  readonly base: Fields
  readonly clashes: readonly Clash[]
  /** The thing is not there any more. */
  readonly gone: boolean
  /** Nothing can be saved before somebody has chosen. */
  readonly blocked: boolean
  /** Of the fields that are typed anew, what a save would replace: for the way back, which leaves all others alone. */
  replaced: () => Partial<Fields>
  /** Takes what is there now where it clashes. */
  take: () => void
  /** Writes over it. */
  keep: () => void
  /** Sends it; null is a refusal. What comes back of one's own save is no change of somebody else. */
  save: <Answer>(send: () => Promise<Answer | null>) => Promise<Answer | null>
}

const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T))

/**
 * What is typed into a form over a thing that others change meanwhile, merged field by field: a field that nobody touched
 * here follows the thing, one that was touched stays. What was touched here and changed there is a clash, which somebody has
 * to settle (`ChangedMeanwhile.vue`). It begins anew whenever `open` becomes true.
 */
export function useDraft<Fields extends object>(
  open: MaybeRefOrGetter<boolean>,
  live: () => DraftOf<Fields>,
): Draft<Fields> {
  const first = live()
  const draft = ref(copy(first.fields)) as Ref<Fields>
  const base = shallowRef(copy(first.fields))
  const id = ref(first.id)
  const version = ref(first.version)
  const gone = ref(false)
  const clashing = shallowRef<ReadonlySet<string>>(new Set())
  let sending = false

  const begin = () => {
    const now = live()
    draft.value = copy(now.fields)
    base.value = copy(now.fields)
    id.value = now.id
    version.value = now.version
    gone.value = false
    clashing.value = new Set()
  }
  const follow = () => {
    if (sending) return
    const now = live()
    gone.value = Boolean(id.value) && !now.id
    if (gone.value) return
    // Another thing took its place, as when one goes to the next page.
    if (id.value && now.id !== id.value) return begin()
    const [there, was, typed] = [leavesOf(now.fields), leavesOf(base.value), leavesOf(draft.value)]
    const clashes = new Set<string>()
    for (const field of new Set([...there.keys(), ...was.keys(), ...typed.keys()])) {
      const [theirs, before, mine] = [there.get(field), was.get(field), typed.get(field)]
      const touched = clashing.value.has(field) || !same(mine, before)
      if (!touched && !same(mine, theirs)) draft.value = withLeaf(draft.value, field, copy(theirs))
      const isChanged = !same(theirs, before) && !same(theirs, mine)
      if (touched && isChanged && typeof version.value === 'number') clashes.add(field)
    }
    // What clashes keeps the value that it was typed over.
    base.value = [...clashes].reduce((fields, field) => withLeaf(fields, field, was.get(field)), copy(now.fields))
    clashing.value = clashes
    id.value = now.id
    if (clashes.size === 0) version.value = now.version
  }
  watch(
    [() => toValue(open), live],
    ([isOpen], [wasOpen]) => {
      if (isOpen) (wasOpen ? follow : begin)()
    },
    { immediate: true },
  )
  watch(draft, () => toValue(open) && follow(), { deep: true })

  const clashes = computed<Clash[]>(() => {
    const there = leavesOf(live().fields)
    return [...clashing.value].map((field) => ({ field, live: there.get(field) }))
  })
  const settle = (takes: boolean) => {
    const now = live()
    if (takes) for (const clash of clashes.value) draft.value = withLeaf(draft.value, clash.field, copy(clash.live))
    base.value = copy(now.fields)
    version.value = now.version
    clashing.value = new Set()
  }
  const save = async <Answer>(send: () => Promise<Answer | null>) => {
    sending = true
    const done = await send().finally(() => (sending = false))
    if (done === null) follow()
    else {
      base.value = copy(draft.value)
      // Until the answer is there the thing is still as it was, and nothing goes back to that.
      if (live().version !== version.value) follow()
    }
    return done
  }
  const replaced = () => {
    const names = new Set(differing(base.value, draft.value).map((field) => field.split('.')[0]))
    return Object.fromEntries(Object.entries(base.value).filter(([name]) => names.has(name))) as Partial<Fields>
  }
  return reactive({
    ...{ draft, id, version, base, clashes, gone },
    blocked: computed(() => gone.value || clashing.value.size > 0),
    ...{ replaced, take: () => settle(true), keep: () => settle(false), save },
  }) as Draft<Fields>
}
