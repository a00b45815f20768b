// User and password out of a URL: percent-encoded text in, what it stands for out.

/** As it is when it is not well encoded: a `%` in a password is no reason to refuse it. */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
