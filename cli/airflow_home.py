"""Writes the folder that Airflow lives in: its configuration, its login, an empty database in WAL mode."""

import configparser
import json
import os
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from declarations.project import REPOSITORY, Project

WRITER_POOL = "warehouse_writer"


@dataclass(frozen=True)
class Login:
    """The one user of the embedded Airflow; it listens on loopback only."""

    user: str = "admin"
    password: str = "admin"


def prepare_home(home: Path, port: int, login: Login) -> None:
    """Write what the components read from ``home``. No secret but the known login stands in it."""
    (home / "logs").mkdir(parents=True, exist_ok=True)
    passwords = home / "simple_auth_manager_passwords.json.generated"
    passwords.touch(mode=0o600)
    passwords.write_text(json.dumps({login.user: login.password}), encoding="utf-8")
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_dict(settings(home, port, login))
    with (home / "airflow.cfg").open("w", encoding="utf-8") as file:
        parser.write(file)
    with sqlite3.connect(home / "airflow.db") as database:
        database.execute("PRAGMA journal_mode=WAL")  # readers then do not hold up the scheduler


def settings(home: Path, port: int, login: Login) -> dict[str, dict[str, str]]:
    """Airflow's settings where its defaults do not fit one machine on loopback."""
    url = f"http://127.0.0.1:{port}"
    return {
        "core": {
            "executor": "LocalExecutor",
            "parallelism": str(max(4, min(16, os.cpu_count() or 4))),
            "dags_folder": str(REPOSITORY / "dags"),
            "plugins_folder": str(REPOSITORY / "plugins"),
            "load_examples": "False",
            "dags_are_paused_at_creation": "False",
            "simple_auth_manager_users": f"{login.user}:admin",
            "simple_auth_manager_passwords_file": str(home / "simple_auth_manager_passwords.json.generated"),
            "execution_api_server_url": f"{url}/execution/",
            "hide_sensitive_var_conn_fields": "True",
        },
        "database": {"sql_alchemy_conn": f"sqlite:///{home / 'airflow.db'}"},
        "logging": {"base_log_folder": str(home / "logs" / "tasks"), "logging_level": "INFO"},
        "api": {
            "host": "127.0.0.1",
            "port": str(port),
            "base_url": url,
            "workers": "1",
            "expose_config": "False",
            "instance_name": "无感考核 Traceless appraisal",
        },
        "scheduler": {
            "scheduler_idle_sleep_time": "0.2",
            "task_instance_heartbeat_timeout": "60",  # a killed task is noticed after a minute, not after five
            "task_instance_heartbeat_timeout_detection_interval": "5",
            "orphaned_tasks_check_interval": "30",
            "use_job_schedule": "True",
        },
        # a worker notices the end of its task's process only this often; five seconds is the default
        "workers": {"min_heartbeat_interval": "1"},
        "dag_processor": {"refresh_interval": "10", "min_file_process_interval": "30", "parsing_processes": "2"},
        "triggerer": {"job_heartbeat_sec": "5"},
    }


def environment(home: Path, project: Project, cron: bool) -> dict[str, str]:
    """The environment of every component: ours, without settings that would override ``airflow.cfg``.

    The keys by which the components trust each other are new at every start and stand in no file.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")}
    env.pop("TRACELESS_WEBHOOK_SECRET", None)  # the API server alone gets it
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # without bytecode every import costs three times as much
    path = [*filter(None, [env.get("PYTHONPATH")]), str(REPOSITORY)]
    return env | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(48),
        "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(48),
        "AIRFLOW__CORE__FERNET_KEY": "",  # nothing secret is kept in Airflow's database
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONUNBUFFERED": "1",
        "TRACELESS_PROJECT": str(project.root),
        "TRACELESS_VAR": str(project.var),
        "TRACELESS_SUPERVISED": "1",
        "TRACELESS_CRON": "on" if cron else "off",
    }
