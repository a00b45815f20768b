// How tall an expression may grow, so that whoever walks it may recurse.

import type { Expression } from './ast.ts'
import type { TokenStream } from './token-stream.ts'
import { children } from './walk.ts'

const MAX_HEIGHT = 500

/** Without recursion, because the tree may be as tall as the text is long. */
export function checkHeight(t: TokenStream, root: Expression): void {
  let level: Expression[] = [root]
  for (let height = 0; level.length > 0; height++) {
    if (height > MAX_HEIGHT) {
      const what = `This expression is more than ${MAX_HEIGHT} operators tall.`
      throw t.error({
        what,
        fix: 'Write a long chain of x = … OR x = … as x IN (…); split others into aliases.',
        span: root.span,
      })
    }
    level = level.flatMap(children)
  }
}
