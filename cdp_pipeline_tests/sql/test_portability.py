"""Every model can be written for Spark; what is engine-specific stands behind macros."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import SHIPPED_SQL
from cdp_pipeline.errors import ModelError
from cdp_pipeline.sql_project.portability import check_macro_parity, check_portable, to_spark
from cdp_pipeline.sql_project.rendering import Catalogue, Renderer
from cdp_pipeline_tests.warehouse import shipped_models

ORIGIN = Path("golden/model.sql")


def test_every_model_of_the_project_is_portable() -> None:
    models = {model.origin for model in shipped_models("spark") if model.sql}
    files = {path for path in SHIPPED_SQL.rglob("*.sql") if "macros" not in path.parts}
    assert models == {path.resolve() for path in files}, "a model is not looked at"
    assert check_portable(shipped_models("spark")) == len(files)


def test_every_engine_defines_the_same_macros() -> None:
    assert check_macro_parity([SHIPPED_SQL]) > 0


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("select list_aggregate(x, 'sum') as y from t", "list_aggregate"),
        ("select strip_accents(x) as y from t", "strip_accents"),
        ("select try_strptime(x, '%Y') as y from t", "try_strptime"),
        ("select hash(x) as y from t", "hash"),
        ("select jaro_winkler_similarity(x, y) as z from t", "jaro_winkler_similarity"),
        ("select quantile_cont(x, 0.5) as y from t", "quantile_cont"),
        ("select timezone('UTC', x) as y from t", "timezone"),
        ("select regexp_replace(x, 'a', 'b') as y from t", "replaces one match"),
        ("select date_diff('month', x, y) as z from t", "Count days"),
        ("select x[1:2] as y from t", "slices"),
        ("select * exclude (x) from t", "List the columns"),
        ("select * replace (1 as x) from t", "List the columns"),
        ("select x from t union all by name select y as x from u", "by name"),
        ("select t.x from t asof join u on t.x >= u.x", "asof"),
    ],
)
def test_what_spark_lacks_is_refused_by_name(sql: str, fault: str) -> None:
    with pytest.raises(ModelError, match=fault) as error:
        to_spark(sql, ORIGIN)
    assert str(ORIGIN) in str(error.value)


def test_a_model_that_calls_an_engines_function_directly_is_refused() -> None:
    models = [model for model in shipped_models("spark") if model.name == "name_part"]
    broken = dataclasses.replace(
        models[0], sql="select strip_accents(x) as y from standardise.delivered_record"
    )
    with pytest.raises(ModelError, match="strip_accents"):
        check_portable([broken])


def test_portable_sql_is_translated() -> None:
    sql = "select x from t qualify row_number() over (partition by x order by y) = 1"
    assert "QUALIFY" not in to_spark(sql, ORIGIN)


def write_macros(folder: Path, duckdb: str, spark: str) -> list[Path]:
    for engine, text in (("duckdb", duckdb), ("spark", spark)):
        (folder / "macros" / engine).mkdir(parents=True)
        (folder / "macros" / engine / "text.sql").write_text(text, encoding="utf-8")
    return [folder]


def test_a_macro_that_one_engine_lacks_is_named(tmp_path: Path) -> None:
    folders = write_macros(tmp_path, "{% macro fold(x) %}{% endmacro %}", "")
    with pytest.raises(ModelError, match=r"macros/spark: there is no macro fold"):
        check_macro_parity(folders)


def test_macros_with_other_parameters_are_named(tmp_path: Path) -> None:
    macro = "{{% macro fold({}) %}}{{% endmacro %}}"
    folders = write_macros(tmp_path, macro.format("x"), macro.format("x, y"))
    with pytest.raises(ModelError, match="macro fold takes"):
        check_macro_parity(folders)


@pytest.mark.parametrize("second", ["macros/duckdb/more.sql", "macros/common/more.sql"])
def test_a_macro_defined_twice_is_refused_by_both_files(tmp_path: Path, second: str) -> None:
    first = "macros/duckdb/fold.sql"
    for name in (first, second):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{% macro fold(x) %}lower({{ x }}){% endmacro %}", encoding="utf-8")
    with pytest.raises(ModelError, match="macro fold is defined already") as error:
        rendered([tmp_path], "select {{ fold('x') }} from t")
    assert first in str(error.value)
    assert second in str(error.value)


def test_a_file_of_macros_is_replaced_by_the_projects_own(tmp_path: Path) -> None:
    for layer, function in (("own", "upper"), ("shipped", "lower")):
        folder = tmp_path / layer / "macros" / "common"
        folder.mkdir(parents=True)
        macro = f"{{% macro fold(x) %}}{function}({{{{ x }}}}){{% endmacro %}}"
        (folder / "text.sql").write_text(macro, encoding="utf-8")
    assert rendered([tmp_path / "own", tmp_path / "shipped"], "select {{ fold('x') }}") == "select upper(x)"


def test_macros_call_each_other_whatever_file_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / "macros" / "common"
    folder.mkdir(parents=True)
    (folder / "a.sql").write_text("{% macro outer(x) %}f({{ inner(x) }}){% endmacro %}", encoding="utf-8")
    (folder / "b.sql").write_text("{% macro inner(x) %}g({{ x }}){% endmacro %}", encoding="utf-8")
    assert rendered([tmp_path], "select {{ outer('x') }}") == "select f(g(x))"


def rendered(folders: list[Path], text: str) -> str:
    """Render a model with the macros of some folders."""
    model = folders[0] / "model.sql"
    model.write_text(text, encoding="utf-8")
    sql, _ = Renderer(folders, Catalogue({}, frozenset(), {}, {})).render(model, "model")
    return sql
