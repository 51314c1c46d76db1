// The texts of the page in its language. English stands in the source; the page brings its translations as JSON, in the element
// `translations`. Without one the texts stay English.

let known: Record<string, string> | null = null

function translations(): Record<string, string> {
  if (typeof document === 'undefined') return {}
  known ??= JSON.parse(document.getElementById('translations')?.textContent || '{}') as Record<string, string>
  return known
}

/** The page's language with its region, such as es-MX. */
export function locale(): string {
  return (typeof document === 'undefined' ? '' : document.documentElement.lang) || 'en'
}

function zone(): string {
  return (typeof document === 'undefined' ? '' : document.documentElement.dataset.zone) || 'UTC'
}

/** A moment as the page writes it, in the page's time zone. */
export function momentText(iso: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short', timeZone: zone() }).format(new Date(iso))
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

/** `14:32` in the page's time zone; of another day with its date. */
export function clock(moment: Date): string {
  const timeZone = zone()
  const day = new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeZone })
  const today = day.format(moment) === day.format(new Date())
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'short', timeZone, ...(!today && { dateStyle: 'medium' }) }).format(moment)
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
