"""What would be written instead of the API: FastAPI that pushes an event to a list of Redis."""

import json
import os
import uuid

import redis.asyncio
from fastapi import FastAPI, Request, Response

app = FastAPI()
client = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"])


@app.post("/v1/events", status_code=202)
async def accept(request: Request):
    event = await request.json()
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return Response(status_code=422)
    event["id"] = uuid.uuid4().hex
    await client.rpush("events", json.dumps(event))
    return {"id": event["id"]}
