// Templates: text in, a function from data to text out.
import { UserError } from '../core/errors.ts'
export interface TemplateSettings {
  readonly property?: (name: string) => string | undefined
}
export function compileTemplate(_text: string, _settings?: TemplateSettings): (data: unknown) => string {
  throw new UserError({ code: 'TEMPLATE_SYNTAX', what: 'Templates are not built yet.' })
}
