"""What the routes share: settings, store, worker, models. One per app, in `app.state`."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from headwater.api.catalogue import Catalogue
from headwater.api.changes import Changes
from headwater.api.task_book import TaskBook
from headwater.api.views import Views
from headwater.jobs.supervisor import Supervisor
from headwater.settings import Settings
from headwater.store.store import Store


@dataclass(frozen=True)
class Server:
    settings: Settings
    store: Store
    worker: Supervisor
    catalogue: Catalogue
    changes: Changes
    views: Views
    tasks: TaskBook

    @classmethod
    def start(cls, settings: Settings, store: Store) -> "Server":
        changes = Changes()
        worker = Supervisor(settings, store.database)
        worker.on_change = changes.tell
        views = Views(store, settings.view_cache_mib * 2**20)
        catalogue = Catalogue(settings)
        return cls(settings, store, worker, catalogue, changes, views, TaskBook(store, catalogue))


def _get_server(request: Request) -> Server:
    server: Server = request.app.state.server
    return server


AppServer = Annotated[Server, Depends(_get_server)]
