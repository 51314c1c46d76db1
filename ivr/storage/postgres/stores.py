"""All Postgres stores over one pool, for the processes that need several of them."""

from __future__ import annotations

from ivr.storage.postgres.agents import PostgresAgents
from ivr.storage.postgres.alerts import PostgresAlerts
from ivr.storage.postgres.answers import PostgresAnswers
from ivr.storage.postgres.audit import PostgresAuditLog
from ivr.storage.postgres.bin import PostgresBin
from ivr.storage.postgres.callbacks import PostgresCallbacks
from ivr.storage.postgres.calls import PostgresCalls
from ivr.storage.postgres.card_places import PostgresCardPlaces
from ivr.storage.postgres.channels import PostgresChannels
from ivr.storage.postgres.dashboard import PostgresDashboard
from ivr.storage.postgres.database import BUDGET_S, Database
from ivr.storage.postgres.dnc import PostgresDnc
from ivr.storage.postgres.firm import PostgresFirm
from ivr.storage.postgres.hours import PostgresHours
from ivr.storage.postgres.kept_answers import PostgresKeptAnswers
from ivr.storage.postgres.keys import PostgresKeys
from ivr.storage.postgres.line_report import PostgresLineReports
from ivr.storage.postgres.mailed_reports import PostgresMailedReports
from ivr.storage.postgres.menu_bundles import PostgresMenuBundles
from ivr.storage.postgres.menu_drafts import PostgresDrafts
from ivr.storage.postgres.menu_imports import PostgresImports
from ivr.storage.postgres.menu_tests import PostgresMenuTests
from ivr.storage.postgres.menu_versions import PostgresVersions
from ivr.storage.postgres.menus import PostgresMenus
from ivr.storage.postgres.notices import PostgresMessages, PostgresNotices
from ivr.storage.postgres.number_lists import PostgresNumberLists
from ivr.storage.postgres.outgoing import PostgresOrders
from ivr.storage.postgres.people import PostgresPeople
from ivr.storage.postgres.preferences import PostgresPreferences
from ivr.storage.postgres.reports import PostgresReports
from ivr.storage.postgres.saved_filters import PostgresSavedFilters
from ivr.storage.postgres.second_factors import PostgresSecondFactors
from ivr.storage.postgres.services import PostgresServices
from ivr.storage.postgres.sessions import PostgresSessions
from ivr.storage.postgres.sounds import PostgresMailboxes, PostgresSounds
from ivr.storage.postgres.system_mail import PostgresSystemMail
from ivr.storage.postgres.telephones import PostgresTelephones
from ivr.storage.postgres.trunks import PostgresTrunks
from ivr.storage.postgres.users import PostgresUsers
from ivr.storage.postgres.webhooks import PostgresWebhooks
from ivr.storage.postgres.words import PostgresWords


class PostgresStores:
    """`menus`, `drafts`, `card_places`, `versions`, `bin`, `agents`, `hours`, `number_lists`, `services`, `channels`,
    `people`, `trunks`, `telephones`, `dnc`, `calls`, `callbacks`, `line_reports`, `reports`, `answers`, `orders`,
    `menu_tests`, `menu_bundles`, `menu_imports`, `keys`, `users`, `second_factors`, `sessions`, `webhooks`,
    `notices`, `messages`, `kept_answers`, `saved_filters`, `sounds`, `mailboxes`, `preferences`, `firm`,
    `system_mail`, `alerts`, `mailed_reports`, `audit`, `dashboard`, and `database` for what lies below. Connects when
    first used; the schema is the business of `ivr.storage.postgres.migrate.upgrade`."""

    def __init__(
        self,
        url: str,
        *,
        max_size: int = 4,
        budget_s: float = BUDGET_S,
        keep_sounds_days: int = 90,
        first_zone: str = "",
    ) -> None:
        self.database = Database(url, max_size=max_size, budget_s=budget_s)
        self.menus = PostgresMenus(self.database)
        self.drafts = PostgresDrafts(self.database)
        self.card_places = PostgresCardPlaces(self.database)
        self.versions = PostgresVersions(self.database)
        self.bin = PostgresBin(self.database)
        self.agents = PostgresAgents(self.database)
        self.hours = PostgresHours(self.database)
        self.words = PostgresWords(self.database)
        self.number_lists = PostgresNumberLists(self.database)
        self.services = PostgresServices(self.database)
        self.channels = PostgresChannels(self.database)
        self.people = PostgresPeople(self.database)
        self.trunks = PostgresTrunks(self.database)
        self.telephones = PostgresTelephones(self.database)
        self.dnc = PostgresDnc(self.database)
        self.calls = PostgresCalls(self.database)
        self.saved_filters = PostgresSavedFilters(self.database)
        self.callbacks = PostgresCallbacks(self.database)
        self.line_reports = PostgresLineReports(self.database)
        self.reports = PostgresReports(self.database)
        self.answers = PostgresAnswers(self.database)
        self.orders = PostgresOrders(self.database)
        self.menu_tests = PostgresMenuTests(self.database)
        self.menu_bundles = PostgresMenuBundles(self.database)
        self.menu_imports = PostgresImports(self.database)
        self.keys = PostgresKeys(self.database)
        self.users = PostgresUsers(self.database)
        self.second_factors = PostgresSecondFactors(self.database)
        self.sessions = PostgresSessions(self.database)
        self.webhooks = PostgresWebhooks(self.database)
        self.notices = PostgresNotices(self.database)
        self.messages = PostgresMessages(self.database)
        self.kept_answers = PostgresKeptAnswers(self.database)
        self.sounds = PostgresSounds(self.database, keep_sounds_days)
        self.mailboxes = PostgresMailboxes(self.database, keep_sounds_days)
        self.preferences = PostgresPreferences(self.database)
        self.firm = PostgresFirm(self.database)
        self.system_mail = PostgresSystemMail(self.database)
        self.alerts = PostgresAlerts(self.database, first_zone)
        self.mailed_reports = PostgresMailedReports(self.database, first_zone)
        self.audit = PostgresAuditLog(self.database)
        self.dashboard = PostgresDashboard(self.database)

    def close(self) -> None:
        self.database.close()
