// The texts of the page in its language. English stands in the source; the page brings its translations as JSON, in the element
// `translations`. Without one the texts stay English.

let known: Record<string, string> | null = null

function translations(): Record<string, string> {
  if (typeof document === 'undefined') return {}
  known ??= JSON.parse(document.getElementById('translations')?.textContent || '{}') as Record<string, string>
  return known
}

/** The page's language in the form of it that the browser prefers, such as es-MX for es. */
export function locale(): string {
  if (typeof document === 'undefined') return 'en'
  const lang = document.documentElement.lang || 'en'
  return navigator.languages.find((each) => each === lang || each.startsWith(`${lang}-`)) ?? lang
}

/** This text in the page's language. `values` replace `%(name)s`, numbers in the form of the language. */
export function t(text: string, values: Record<string, string | number> = {}): string {
  return fill(translations()[text] || text, values)
}

export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/%\((\w+)\)s/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : typeof value === 'number' ? formatNumber(value) : value
  })
}

/** `decimals`: as many, no more and no fewer. */
export function formatNumber(value: number, decimals?: number): string {
  return new Intl.NumberFormat(locale(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals ?? 3 }).format(value)
}

/** `Spanish`, `Brazilian Portuguese`; a code that is none stays as it is. */
export function languageName(code: string): string {
  try {
    const name = new Intl.DisplayNames([locale()], { type: 'language' }).of(code) ?? code
    return name[0].toUpperCase() + name.slice(1)
  } catch {
    return code
  }
}
