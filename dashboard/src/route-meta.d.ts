import 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** A page for people who are not signed in: no shell around it. */
    open?: boolean
    /** A page whose addresses people save as views, and that may open with one of them. */
    views?: boolean
  }
}
