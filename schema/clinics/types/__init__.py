"""Places as GraphQL shows them (`places`), and what their mutations take and give (`changes`)."""
