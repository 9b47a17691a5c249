import type { DocumentInput } from '@urql/core'
import { useMutation } from '@urql/vue'
import { ref, type Ref } from 'vue'
import { useToasts } from '../composables/useToasts.ts'
import { explain, type UserError } from '../graphql/errors.ts'
import { useLive } from './live.ts'

export interface Action<Payload, Input> {
  /**
   * Sends the mutation. Null when it was refused; then `refusal` says why, or with `toast` a toast does, for a control that
   * has no room for words or may be gone. Repeats itself safely by its key.
   */
  run: (input: Input, toast?: boolean) => Promise<Payload | null>
  busy: Ref<boolean>
  /** The server's own words of the last refusal, for a place beside the control. */
  refusal: Ref<string | null>
  /** The same one by one, where a mutation says one for each thing. */
  refusals: Ref<readonly string[]>
  /** Refusals by input field, for a place beside the field: by its name, and by its path, such as `values.2.unit`. */
  fields: Ref<Record<string, string>>
}

type Answer = { userErrors: readonly UserError[] }

/** A mutation behind a button. What the page shows is asked again afterwards, also when the socket is down. */
export function useAction<Data extends Record<string, unknown>, Input extends object>(
  document: DocumentInput<Data, { input: Input }>,
): Action<Data[keyof Data] & Answer, Input> {
  const { executeMutation } = useMutation<Data, { input: Input }>(document)
  const { activity } = useLive()
  const toasts = useToasts()
  const busy = ref(false)
  const refusal = ref<string | null>(null)
  const refusals = ref<readonly string[]>([])
  const fields = ref<Record<string, string>>({})

  const refuse = (title: string, errors: readonly Omit<UserError, 'code'>[], toast: boolean) => {
    const messages = errors.map(({ message }) => message)
    const text = messages.join(' ')
    if (toast) {
      toasts.show({ tone: 'failed', title, text })
      return null
    }
    for (const { field, message } of errors) {
      const name = field?.at(-1)
      if (!field || !name) continue
      fields.value[name] = message
      fields.value[field.join('.')] = message
    }
    refusals.value = text ? messages : [title]
    refusal.value = text || title
    return null
  }

  const run = async (input: Input, toast = false) => {
    busy.value = true
    refusal.value = null
    refusals.value = []
    fields.value = {}
    try {
      const { data, error } = await executeMutation({ input: { idempotencyKey: crypto.randomUUID(), ...input } })
      if (error) {
        const { title, text } = explain(error)
        return refuse(title, [{ message: text }], toast)
      }
      const payload = Object.values(data ?? {})[0] as Data[keyof Data] & Answer
      // What the page shows is older than it is, and nothing may have told it, or not yet.
      if (payload.userErrors.some(({ code }) => code === 'VERSION_CONFLICT')) activity.refreshAll()
      if (payload.userErrors.length > 0) return refuse('This was refused.', payload.userErrors, toast)
      activity.acted()
      return payload
    } finally {
      busy.value = false
    }
  }
  return { run, busy, refusal, refusals, fields } as Action<Data[keyof Data] & Answer, Input>
}
