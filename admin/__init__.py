"""The admin app: the REST API over menus, prompts, numbers, the do-not-call lists and call records, and its pages.

One folder per resource: `schema` is what its endpoints take and give, `api` the endpoints, `views` its JSON,
`service` the rules over the ports, `page` and `templates` its pages. `admin.http` is what all of them share and knows
none of them; `admin.wiring` puts the stores behind the services, and views ask for these by their class.

A request goes: route table -> key and scope -> query -> body -> view -> service or store, and every error on the way
is answered by admin.http.problems.
"""
