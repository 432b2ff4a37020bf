"""Opens tables of a lake with a reader that shares no code with us, and prints what it sees as JSON, a line a pass.

    python3 read.py READER LAKE QUESTION [PASSES-END]

READER is deltalake, duckdb (its own delta extension) or spark. QUESTION is a JSON file: of each table the key column, an
earlier version, and application ids. With PASSES-END, a path, it reads over and over until that file is there.

    pip install deltalake==1.6.6
    pip install duckdb==1.5.5 duckdb-extension-delta==1.5.5
    pip install pyspark==4.0.1 delta-spark==4.0.0            (Java 17 or newer)
"""
import hashlib
import json
import os
import sys
import time


def deltalake_reader():
    from deltalake import DeltaTable, QueryBuilder

    def keys(path, column, version=None):
        table = DeltaTable(path, version=version)
        rows = QueryBuilder().register("t", table).execute(f"SELECT {column} AS k FROM t").read_all()
        return table.version(), [key.as_py() for key in rows["k"]]

    return keys, lambda path, app: DeltaTable(path).transaction_version(app)


def duckdb_reader():
    import duckdb
    import duckdb_extension_delta

    folder = os.path.join(os.path.dirname(duckdb_extension_delta.__file__), "extensions")
    connection = duckdb.connect()
    connection.execute(f"LOAD '{folder}/v{duckdb.__version__}/delta.duckdb_extension'")

    def scan(path, column, version):
        at = "" if version is None else f", version={version}"
        return [key for (key,) in connection.execute(f"SELECT {column} FROM delta_scan('{path}'{at})").fetchall()]

    def newest(path):
        names = os.listdir(f"{path}/_delta_log")
        return max(int(name[:20]) for name in names if name.endswith(".json") and name[:20].isdigit())

    def keys(path, column, version=None):
        # It does not say which version it reads: named, so that it has to have it.
        at = newest(path) if version is None else version
        return at, scan(path, column, at)

    def txn(path, app):
        connection.execute(f"ATTACH '{path}' AS attached (TYPE delta)")
        try:
            return connection.execute("FROM delta_get_transaction_version('attached', ?)", [app]).fetchone()[0]
        finally:
            connection.execute("DETACH attached")

    return keys, txn


def spark_reader():
    from delta import DeltaTable, configure_spark_with_delta_pip
    from pyspark.sql import SparkSession

    builder = (
        SparkSession.builder.master("local[1]")
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.databricks.delta.snapshotPartitions", "1")
        .config("spark.ui.enabled", "false")
    )
    spark = configure_spark_with_delta_pip(builder).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")

    def keys(path, column, version=None):
        at = DeltaTable.forPath(spark, path).history(1).collect()[0]["version"] if version is None else version
        rows = spark.read.format("delta").option("versionAsOf", at).load(path).select(column).collect()
        return at, [row[0] for row in rows]

    def txn(path, app):
        log = spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, path)
        found = log.update(False, spark._jvm.scala.Option.empty(), spark._jvm.scala.Option.empty()).transactions().get(app)
        return found.get() if found.isDefined() else None

    return keys, txn


READERS = {"deltalake": deltalake_reader, "duckdb": duckdb_reader, "spark": spark_reader}


def digest(keys):
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()


def look(reader, lake, question):
    keys, txn = reader
    seen = {}
    for table, about in question.items():
        path = f"{lake}/{table}"
        version, now = keys(path, about["key"])
        before = len(keys(path, about["key"], about["earlier"])[1])
        txns = {app: txn(path, app) for app in about["txns"]}
        seen[table] = {"version": version, "rows": len(now), "digest": digest(now), "earlier": before, "txns": txns}
    return seen


def main():
    name, lake, asked = sys.argv[1:4]
    end = sys.argv[4] if len(sys.argv) > 4 else None
    with open(asked) as file:
        question = json.load(file)
    reader = READERS[name]()
    while True:
        is_last = end is None or os.path.exists(end)
        print(json.dumps(look(reader, lake, question)), flush=True)
        if is_last:
            return
        time.sleep(0.4)


main()
