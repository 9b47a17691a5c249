import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Vocabulary } from './adapters/adapter.ts'
import { faultOf, valueOf } from './load/typed.ts'

/** The names of the catalogue as adapters get them. */
export function vocabularyOf(catalogue: Pick<Catalogue, 'classes' | 'class' | 'relationshipTypes'>): Vocabulary {
  return {
    classes: catalogue.classes.flatMap(({ name, isAbstract }) => (isAbstract ? [] : [name])),
    relationshipTypes: catalogue.relationshipTypes.map(({ name }) => name),
    attributesOf: (className) => catalogue.class(className)?.attributes.map(({ name }) => name),
    faultOf(className, attribute, value) {
      const rule = catalogue.class(className)?.attributes.find(({ name }) => name === attribute)
      return rule && valueOf(rule, value) === undefined ? faultOf(rule) : undefined
    },
  }
}
