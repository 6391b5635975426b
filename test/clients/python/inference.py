"""Every method of the Python client's inference namespace against a running server, and how its errors are told."""

import inspect
import json
import sys
import warnings

from elasticsearch import ApiError, AuthenticationException, BadRequestError, Elasticsearch, NotFoundError
from elasticsearch.exceptions import GeneralAvailabilityWarning

from server import api_key, root, running_server

# The client says so of methods that are new.
warnings.simplefilter("ignore", GeneralAvailabilityWarning)

rows = {row["method"]: row for row in json.loads((root / "test/clients/put-services.json").read_text())}
texts = ["Guten Tag", "世界 🎉"]
failures = []
called = set()


def check(title, run):
    """Runs one check and prints how it went."""
    try:
        run()
        print(f"  ok      {title}")
    except Exception as error:  # noqa: BLE001 - whatever it is, the other checks are still run
        failures.append(title)
        print(f"  FAILED  {title}: {type(error).__name__}: {error}")


def equal(found, expected):
    if found != expected:
        raise AssertionError(f"{found!r} is not {expected!r}")


def refused(kind, status, run):
    """The body of an error, which must be of this class."""
    try:
        answer = run()
    except ApiError as error:
        equal((type(error), error.status_code), (kind, status))
        return error.body
    raise AssertionError(f"it was answered with {answer!r}")


def openai(task_type, **settings):
    service_settings = {"api_key": "a-secret", "model_id": "some-model", **settings}
    return {"service": "openai", "task_type": task_type, "service_settings": service_settings}


def calls(client):
    """Each method but those for one service: what it is called with, and what must come back."""
    inference = client.inference
    keys = lambda answer: list(answer.body)  # noqa: E731
    no_route = lambda method: {  # noqa: E731
        "error": f"no handler found for uri [/_inference/_region_policy] and method [{method}]"
    }

    def put():
        for task_type in ["text_embedding", "embedding", "completion", "chat_completion"]:
            answer = inference.put(inference_id=f"my-{task_type}", inference_config=openai(task_type))
            equal(answer["task_type"], task_type)
        named = inference.put(
            task_type="completion", inference_id="named", inference_config=openai("completion"), timeout="20s"
        )
        equal(named["service_settings"], {"model_id": "some-model", "rate_limit": {"requests_per_minute": 500}})

    def get():
        ids = [endpoint["inference_id"] for endpoint in inference.get()["endpoints"]]
        equal(ids, sorted(ids))
        equal([".elser-2-elasticsearch" in ids, "my-embedding" in ids], [True, True])
        equal(inference.get(task_type="embedding", inference_id="_all")["endpoints"][0]["inference_id"], "my-embedding")
        equal(inference.get(inference_id="named", filter_path="**.service").body, {"endpoints": [{"service": "openai"}]})

    def update():
        change = {"task_type": "completion", "service_settings": {"rate_limit": {"requests_per_minute": 7}}}
        answer = inference.update(inference_id="named", inference_config=change)
        equal(answer["service_settings"]["rate_limit"], {"requests_per_minute": 7})
        secret = {"service_settings": {"api_key": "another"}}
        equal(inference.update(task_type="completion", inference_id="named", inference_config=secret).body, answer.body)

    def completion():
        answer = inference.completion(inference_id="my-completion", input="Tag, 世界 🎉", timeout="10s")
        equal(answer.body, {"completion": [{"result": "Tag, 世界 🎉"}]})

    def text_embedding():
        answer = inference.text_embedding(inference_id="my-text_embedding", input=texts, task_settings={"user": "u"})
        equal([len(row["embedding"]) for row in answer["text_embedding"]], [8, 8])
        general = inference.inference(task_type="text_embedding", inference_id="my-text_embedding", input=texts)
        equal(general.body, answer.body)

    def embedding():
        answer = inference.embedding(inference_id="my-embedding", embedding={"input": texts})
        equal([len(row["embedding"]) for row in answer["embeddings"]], [8, 8])

    def sparse_embedding():
        answer = inference.sparse_embedding(inference_id=".elser-2-elasticsearch", input="quick foxes")
        equal(answer["sparse_embedding"][0]["is_truncated"], False)
        equal("quick" in answer["sparse_embedding"][0]["embedding"], True)

    def rerank():
        documents = ["The cat sleeps", "Paris is the capital of France"]
        answer = inference.rerank(
            inference_id=".rerank-v1-elasticsearch", query="capital of France", input=documents, top_n=1
        )
        equal([(row["index"], row["text"]) for row in answer["rerank"]], [(1, documents[1])])
        without = inference.rerank(
            inference_id=".rerank-v1-elasticsearch", query="France", input=documents, return_documents=False
        )
        equal("text" in without["rerank"][0], False)

    def delete():
        dry = inference.delete(inference_id="named", dry_run=True)
        equal(dry.body, {"acknowledged": False, "pipelines": [], "indexes": [], "error_message": ""})
        done = inference.delete(task_type="completion", inference_id="named", force=True)
        equal(done.body, {"acknowledged": True, "pipelines": [], "indexes": []})

    def get_region_policy():
        equal(refused(BadRequestError, 400, inference.get_region_policy), no_route("GET"))

    def put_region_policy():
        policy = {"allowed_geos": ["eu"]}
        equal(
            refused(BadRequestError, 400, lambda: inference.put_region_policy(region_policy=policy)), no_route("PUT")
        )

    def delete_region_policy():
        equal(refused(BadRequestError, 400, inference.delete_region_policy), no_route("DELETE"))

    return {
        "put": put,
        "get": get,
        "update": update,
        "completion": completion,
        "text_embedding": text_embedding,
        "inference": text_embedding,
        "embedding": embedding,
        "sparse_embedding": sparse_embedding,
        "rerank": rerank,
        "delete": delete,
        "get_region_policy": get_region_policy,
        "put_region_policy": put_region_policy,
        "delete_region_policy": delete_region_policy,
    }


def put_service(client, name, services):
    """Puts an endpoint of one service; a service that is not there, or whose settings no test has, is refused."""
    method = getattr(client.inference, name)
    row = rows.get(name)
    if row is None or row.get("stored_as", row["service"]) not in services:
        parameter = next(given for given in inspect.signature(method).parameters if given.endswith("_inference_id"))
        arguments = {parameter: "nobody", "task_type": "completion", "service": "a-service", "service_settings": {}}
        refused(BadRequestError, 400, lambda: method(**arguments))
        return
    arguments = {key: row[key] for key in ["task_type", "service", "service_settings", "task_settings"] if key in row}
    answer = method(**{row["id"]: name}, **arguments)
    shown = (answer["inference_id"], answer["task_type"], answer["service"])
    equal(shown, (name, row["task_type"], row.get("stored_as", row["service"])))


def check_methods(client):
    inference = client.inference
    members = inspect.getmembers(type(inference), inspect.isfunction)
    names = [name for name, _ in members if not name.startswith("_") and name != "perform_request"]
    services = [service["service"] for service in client.perform_request("GET", "/_inference/_services").body]
    known = calls(client)
    for name, run in known.items():
        check(name, run)
    for name in names:
        if name not in known:
            check(name, lambda: put_service(client, name, services))
    check("all methods are there that are called", lambda: equal(sorted(set(known) - set(names)), []))


def check_streams(client):
    def stream(path, body, expected):
        headers = {"accept": "text/event-stream", "content-type": "application/json"}
        answer = client.perform_request("POST", path, headers=headers, body=body).body
        text = answer if isinstance(answer, str) else bytes(answer).decode()
        equal((text.startswith("event: message\ndata: {"), text.endswith("event: message\ndata: [DONE]\n\n")), (True, True))
        equal(expected in text, True)

    chat = {"messages": [{"role": "user", "content": "Tag 🎉"}]}
    check("a streamed completion", lambda: stream("/_inference/my-completion/_stream", {"input": "Tag 🎉"}, "🎉"))
    check("a streamed chat", lambda: stream("/_inference/chat_completion/my-chat_completion/_stream", chat, "🎉"))


def check_errors(client, url):
    def reason(kind, status, expected, run):
        body = refused(kind, status, run)
        equal((body["error"]["reason"], body["error"]["root_cause"][0]["reason"], body["status"]), (expected,) * 2 + (status,))

    inference = client.inference
    stranger = Elasticsearch(url, api_key=("nobody", "nothing"))
    missing = "Inference endpoint not found [nobody]"
    check("404, of GET", lambda: reason(NotFoundError, 404, missing, lambda: inference.get(inference_id="nobody")))
    check("404, of DELETE", lambda: reason(NotFoundError, 404, missing, lambda: inference.delete(inference_id="nobody")))
    check(
        "404, of POST",
        lambda: reason(NotFoundError, 404, missing, lambda: inference.completion(inference_id="nobody", input="a")),
    )
    exists = "Inference endpoint [my-completion] already exists"
    check(
        "400, of an id that is taken",
        lambda: reason(
            BadRequestError,
            400,
            exists,
            lambda: inference.put(inference_id="my-completion", inference_config=openai("completion")),
        ),
    )
    check(
        "400, of a setting that is missing",
        lambda: reason(
            BadRequestError,
            400,
            "Validation Failed: 1: [service_settings] does not contain the required setting [model_id];",
            lambda: inference.put(inference_id="new", inference_config=openai("completion", model_id=None)),
        ),
    )
    check(
        "401, of a key that is none",
        lambda: reason(
            AuthenticationException,
            401,
            "unable to authenticate with provided credentials and anonymous access is not allowed for this request",
            stranger.inference.get,
        ),
    )
    stranger.close()


def main():
    print("Python client: starting the server")
    with running_server() as url:
        print(f"Python client: {url}")
        # Built-in models may still be loading.
        with Elasticsearch(url, api_key=api_key, request_timeout=60) as client:
            check("info", lambda: equal(client.info()["tagline"], "You Know, for Search"))
            check("ping", lambda: equal(client.ping(), True))
            check_methods(client)
            check_streams(client)
            check_errors(client, url)
    if failures:
        sys.exit(f"Python client: {len(failures)} checks failed: {', '.join(failures)}")
    print("Python client: every check passed")


main()
