import { useQuery } from '@urql/vue'
import { watchDebounced } from '@vueuse/core'
import { computed, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { graphql } from '../../gql/gql.ts'
import type { MappingPreviewQuery } from '../../gql/graphql.ts'
import { isEmpty, type Mapping } from './mapping.ts'

export type Preview = MappingPreviewQuery['discoveryPreview']

export interface MappingPreview {
  /** The answer to the last question; while the next one is under way, that of the one before. */
  preview: Ref<Preview | null>
  busy: ComputedRef<boolean>
  /** What keeps the server from answering, in words. */
  fault: ComputedRef<string | null>
}

/** Asks what the first rows become whenever the mapping holds still. `pause` while there is no file. */
export function useMappingPreview(
  product: Ref<string>,
  uploadId: Ref<string | null>,
  mapping: Ref<Mapping>,
  pause: Ref<boolean>,
): MappingPreview {
  const settled = shallowRef(mapping.value)
  watchDebounced(mapping, (now) => (settled.value = now), { debounce: 250 })
  const { data, error, fetching } = useQuery({
    query: graphql(`
      query MappingPreview($productId: ID!, $uploadId: ID, $mapping: JSON) {
        discoveryPreview(productId: $productId, uploadId: $uploadId, mapping: $mapping, first: 20) {
          fits
          columns {
            name
            samples
          }
          items {
            line
            className
            name
            key
            attributes
            isKnown
            relationships {
              type
              isIncoming
              className
              key
              isKnown
            }
          }
          problems {
            line
            severity
            element
            message
            ...RunProblems_problem
          }
        }
      }
    `),
    variables: computed(() => ({
      productId: product.value,
      uploadId: uploadId.value,
      mapping: isEmpty(settled.value) ? null : settled.value,
    })),
    pause,
    requestPolicy: 'network-only',
  })
  const preview = shallowRef<Preview | null>(null)
  watch(data, (now) => now && (preview.value = now.discoveryPreview))
  return {
    preview,
    busy: computed(() => !pause.value && (fetching.value || settled.value !== mapping.value)),
    fault: computed(() => error.value?.graphQLErrors[0]?.message ?? (error.value ? 'Waybill does not answer.' : null)),
  }
}
