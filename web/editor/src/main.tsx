import '@xyflow/react/dist/style.css'
import './styles.css'
import { mountGraph } from './view'

declare global {
  interface Window {
    /** what scripts of all pages share */
    digitree?: Record<string, unknown>
  }
}

window.digitree = Object.assign(window.digitree ?? {}, { mountGraph })
