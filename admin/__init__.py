"""The admin app: the REST API over menus, prompts, numbers, the do-not-call lists and call records, and its pages.

One folder per resource: `schema` has the models of requests and answers, `api` the endpoints, `views` the JSON,
`service` the rules over the ports, `page` and `templates` the pages. `admin.http` is shared by all of them and
imports none; `admin.wiring` connects services with stores, and endpoints and pages ask for a service by its class.

A request goes: route table -> key and scope -> query -> body -> view -> service or store. admin.http.problems answers
every error on the way.
"""
