"""The knowledge base: what is known of a case. The only room that speaks SQL; it judges nothing.

Modules: `schema` the tables, `base` opening and migrating, `intake` writing what ingest found, `facts` reading it,
`log` the decision log, `digest` the fingerprint of all that is known, `lists` warning lists.
"""
