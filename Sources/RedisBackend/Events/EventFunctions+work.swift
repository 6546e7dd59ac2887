extension EventFunctions {
    /// What producers and workers call.
    static let work = #"""
        -- args: maxLength, key hash or '', body hash, lifetime, n, n × (id, body, hash or '')
        local function enqueue(keys, args)
            local q, read = open(keys), reader(args)
            local most, key, body_hash, lifetime, n = read.number(), read.text(), read.text(), read.number(), read.number()
            local elements, ids = {}, {}
            for i = 1, n do
                elements[i] = {id = read.text(), body = read.text(), hash = read.text()}
                ids[i] = elements[i].id
            end
            -- Asked whether it may write, which the server has decided by now: that must cost no write.
            if n == 0 then return {'queued', ''} end
            local waiting = redis.call('LLEN', q.list) + redis.call('LLEN', q.again)

            if key ~= '' then
                local kept = redis.call('GET', q.p .. 'k:' .. key)
                if kept then
                    local space = string.find(kept, ' ', 1, true)
                    if string.sub(kept, 1, space - 1) ~= body_hash then return {'mismatch'} end
                    return {'replayed', string.sub(kept, space + 1)}
                end
            end
            local fresh, bodies, seen = {}, {}, {}
            for _, element in ipairs(elements) do
                local earlier = seen[element.id]
                if earlier then
                    if earlier ~= element.hash then return {'mismatch'} end
                else
                    seen[element.id] = element.hash
                    local record = redis.call('HMGET', event_key(q, element.id), 'state', 'hash')
                    if not record[1] then
                        fresh[#fresh + 1] = element
                        bodies[#bodies + 1] = element.body
                    elseif element.hash ~= '' and record[2] ~= element.hash then
                        -- An id of ours that is known is the same request, made again because its answer was lost.
                        return {'mismatch'}
                    end
                end
            end
            if #fresh > 0 and waiting + #fresh > most then return {'full'} end

            tick(q)
            for _, element in ipairs(fresh) do
                local record = event_key(q, element.id)
                if element.hash == '' then
                    redis.call('HSET', record, 'state', 'queued', 'own', '0')
                else
                    redis.call('HSET', record, 'state', 'queued', 'own', '1', 'hash', element.hash)
                end
                redis.call('PEXPIRE', record, int(QUEUED_MEMORY))
            end
            for i = 1, #bodies, 1000 do
                redis.call('RPUSH', q.list, unpack(bodies, i, math.min(i + 999, #bodies)))
            end
            local joined = table.concat(ids, ' ')
            if key ~= '' then
                redis.call('SET', q.p .. 'k:' .. key, body_hash .. ' ' .. joined, 'PX', int(math.max(lifetime, 1)))
            end
            return {#fresh == 0 and 'replayed' or 'queued', joined}
        end

        local function claim_events(q, held, free, orphans, waiting, token)
            local events = {}
            local function take(body, crashes)
                local t = token()
                redis.call('HSET', held, t, 'e' .. int(crashes) .. ':' .. body)
                events[#events + 1] = {t, body, crashes}
            end
            if free <= 0 then return events end
            -- What was given back is older than what is in the list.
            for _, text in ipairs(orphans > 0 and redis.call('LPOP', q.again, int(free)) or {}) do
                local colon = string.find(text, ':', 1, true)
                take(string.sub(text, colon + 1), tonumber(string.sub(text, 1, colon - 1)))
            end
            if waiting > 0 and #events < free then
                for _, body in ipairs(redis.call('LPOP', q.list, int(free - #events)) or {}) do take(body, 0) end
            end
            return events
        end

        local function claim_of(q, now, held, channel, most, token, out)
            local ids = redis.call('ZRANGEBYSCORE', ready_key(q, channel), '-inf', int(now), 'LIMIT', 0, int(most))
            for _, id in ipairs(ids) do
                redis.call('ZREM', ready_key(q, channel), id)
                local d = load(q, id, channel)
                if d and d.state == 'p' then
                    local t = token()
                    d.state = 'h'
                    save(q, d)
                    redis.call('HSET', held, t, 'd' .. channel .. ':' .. id)
                    local next_id, next_body = '', ''
                    if d.order ~= '' then
                        local ids = redis.call('ZRANGE', order_key(q, channel, d.order), 0, 1)
                        if ids[1] == id and ids[2] then
                            next_id = ids[2]
                            next_body = redis.call('HGET', event_key(q, next_id), 'body') or ''
                        end
                    end
                    out[#out + 1] = {
                        t, id, channel, redis.call('HGET', event_key(q, id), 'body') or '', d.attempts, d.crashes,
                        d.routed, d.deadline, d.order, next_id, next_body,
                    }
                end
            end
            return #ids
        end

        -- When the next delivery of a channel that is not skipped falls due; -1 where there is none.
        local function upcoming_due(q, slots, bounded)
            local upcoming = redis.call('ZRANGE', q.due, 0, bounded + 256, 'WITHSCORES')
            for i = 1, #upcoming, 2 do
                if (slots[upcoming[i]] or 1) > 0 then return tonumber(upcoming[i + 1]) end
            end
            return -1
        end

        -- args: boot, lease, free events, free deliveries, n, n × channel to skip, m, m × (channel, slots)
        local function claim(keys, args)
            local q, read = open(keys), reader(args)
            local boot, lease, free_events, free = read.text(), read.number(), read.number(), read.number()
            local slots, bounded = {}, 0
            local skips = read.number()
            for _ = 1, skips do slots[read.text()] = 0 end
            local caps = read.number()
            for _ = 1, caps do
                local channel, most = read.text(), read.number()
                slots[channel] = math.min(slots[channel] or most, most)
            end
            bounded = skips + caps
            local waiting, orphans = redis.call('LLEN', q.list), redis.call('LLEN', q.again)

            local now = tick(q, lease)
            local held = held_key(q, boot)
            redis.call('ZADD', q.workers, int(now + lease), boot)

            local ready = {}
            for _, channel in ipairs(redis.call('ZRANGEBYSCORE', q.due, '-inf', int(now), 'LIMIT', 0, 256 + bounded)) do
                if (slots[channel] or 1) > 0 then ready[#ready + 1] = channel end
            end
            if (free_events <= 0 or waiting + orphans == 0) and (free <= 0 or #ready == 0) then
                -- An idle worker costs a look, and no writes beside its lease.
                return {now, upcoming_due(q, slots, bounded), waiting + orphans, {}, {}}
            end
            redis.call('SADD', q.boots, boot)

            -- With the time in it, a token stays unique even where the server has lost its last second.
            local first = numbers(q, 'tokens', math.max(free_events, 0) + math.max(free, 0))
            local function token()
                first = first + 1
                return string.format('%014.0f-%012.0f', now, first - 1)
            end
            local events = claim_events(q, held, free_events, orphans, waiting, token)

            -- In rounds, in each as many of every ready channel, so that no channel's backlog starves another.
            local deliveries = {}
            local touched = {}
            while free > #deliveries and #ready > 0 do
                local share = math.max(1, math.floor((free - #deliveries) / #ready))
                local remaining = {}
                for _, channel in ipairs(ready) do
                    local before = #deliveries
                    local most = math.min(share, free - before, slots[channel] or share)
                    if most <= 0 then break end
                    local seen = claim_of(q, now, held, channel, most, token, deliveries)
                    touched[channel] = true
                    if slots[channel] then slots[channel] = slots[channel] - (#deliveries - before) end
                    if seen == most and (slots[channel] or 1) > 0 then remaining[#remaining + 1] = channel end
                end
                ready = remaining
            end
            for channel in pairs(touched) do touch(q, channel) end

            return {now, upcoming_due(q, slots, bounded), waiting + orphans - #events, events, deliveries}
        end

        -- args: boot, most letters, n, n × (token, id, body, hash, own, m, m × (channel, order, deadline, delay, attempts))
        local function route(keys, args)
            local q, read = open(keys), reader(args)
            local boot, most, n = read.text(), read.number(), read.number()
            local events = {}
            for i = 1, n do
                local event = {
                    token = read.text(), id = read.text(), body = read.text(), hash = read.text(), own = read.text(),
                    deliveries = {},
                }
                for k = 1, read.number() do
                    event.deliveries[k] = {
                        channel = read.text(), order = read.text(), deadline = read.number(), delay = read.number(),
                        attempts = read.number(),
                    }
                end
                events[i] = event
            end
            local now = tick(q)
            local held = held_key(q, boot)
            local outcomes = {}
            for i, event in ipairs(events) do
                local key = event_key(q, event.id)
                local body = held_event(redis.call('HGET', held, event.token))
                local record = redis.call('HMGET', key, 'state', 'hash', 'own')
                if not body then
                    outcomes[i] = 'stale'
                elseif record[2] and record[2] ~= event.hash then
                    redis.call('HDEL', held, event.token)
                    bury_event(q, now, most, event.id,
                        'another event with the id ' .. event.id .. ' and other content is known already',
                        event.body, event.hash, event.own)
                    outcomes[i] = 'mismatch'
                elseif record[1] and record[1] ~= 'queued' then
                    redis.call('HDEL', held, event.token)
                    outcomes[i] = 'duplicate'
                else
                    redis.call('HDEL', held, event.token)
                    local own = (event.own == '1' or record[3] == '1') and '1' or '0'
                    if #event.deliveries == 0 then
                        redis.call('HSET', key, 'state', 'unrouted', 'hash', event.hash, 'own', own)
                        redis.call('PEXPIRE', key, memory(own))
                    else
                        redis.call('HSET', key, 'state', 'routed', 'hash', event.hash, 'own', own, 'body', event.body)
                        redis.call('PERSIST', key)
                        local count, seen = 0, {}
                        for _, d in ipairs(event.deliveries) do
                            if not seen[d.channel] then
                                seen[d.channel] = true
                                count = count + 1
                                local delivery = {
                                    id = event.id, channel = d.channel, state = 'p', attempts = d.attempts, crashes = 0,
                                    routed = now, deadline = now + d.deadline, due = now + d.delay,
                                    sequence = numbers(q, 'sequence', 1), order = d.order,
                                }
                                save(q, delivery)
                                schedule(q, delivery)
                            end
                        end
                        redis.call('HSET', key, 'open', count)
                    end
                    outcomes[i] = 'routed'
                end
            end
            return outcomes
        end

        -- Ends an event's record, unless it stands for another element that was routed or has ended before.
        local function finish(q, id, hash, state, channel)
            if id == '' then return end
            local key = event_key(q, id)
            local record = redis.call('HMGET', key, 'state', 'hash', 'own')
            if record[1] and record[1] ~= 'queued' then return end
            if record[2] and hash ~= '' and record[2] ~= hash then return end
            local own = record[3] or (hash ~= '' and '1' or '0')
            redis.call('HSET', key, 'state', state, 'own', own, 'sent', channel)
            if hash ~= '' then redis.call('HSET', key, 'hash', hash) end
            redis.call('PEXPIRE', key, memory(own))
        end

        local function complete_event(q, now, most, held, item)
            local body, crashes = held_event(redis.call('HGET', held, item.token))
            if not body then return 0 end
            redis.call('HDEL', held, item.token)
            if item.kind == 'released' then
                push_again(q, crashes, body)
            elseif item.kind == 'sent' then
                finish(q, item.id, item.hash, 'ended', item.extra)
            elseif item.kind == 'unrouted' then
                finish(q, item.id, item.hash, 'unrouted', '')
            else
                local own = item.id ~= '' and redis.call('HGET', event_key(q, item.id), 'own')
                finish(q, item.id, item.hash, 'ended', '')
                bury_event(q, now, most, item.id, item.extra, body, item.hash,
                    own or (item.hash ~= '' and '1' or '0'))
            end
            return 1
        end

        local function complete_delivery(q, now, most, held, item)
            if redis.call('HGET', held, item.token) ~= 'd' .. item.channel .. ':' .. item.id then return 0 end
            local d = load(q, item.id, item.channel)
            redis.call('HDEL', held, item.token)
            -- Its event is gone: there is nothing left to end.
            if not d or d.state ~= 'h' then return 1 end
            if item.kind == 'sent' then
                d.attempts = d.attempts + 1
                if item.extra ~= '' and d.order ~= '' then
                    local ids = redis.call('ZRANGE', order_key(q, d.channel, d.order), 0, 1)
                    if ids[1] == d.id and ids[2] == item.extra then
                        local successor = load(q, ids[2], d.channel)
                        if successor and successor.state == 'p' then close(q, successor, 's') end
                    end
                end
                close(q, d, 's')
            elseif item.kind == 'dead' then
                d.attempts = d.attempts + item.number
                bury_delivery(q, now, most, d, item.extra)
                close(q, d, 'd')
            else
                d.state = 'p'
                if item.kind == 'retry' then
                    d.due, d.attempts, d.crashes = now + tonumber(item.extra), d.attempts + item.number, 0
                end
                save(q, d)
                schedule(q, d)
            end
            return 1
        end

        local EVENT_ENDS = {sent = true, unrouted = true, dead = true, released = true}
        local DELIVERY_ENDS = {sent = true, retry = true, dead = true, released = true}

        -- args: boot, most letters, n, n × (what, token, id, hash or channel, kind, extra, number)
        local function complete(keys, args)
            local q, read = open(keys), reader(args)
            local boot, most, n = read.text(), read.number(), read.number()
            local items = {}
            for i = 1, n do
                local what, token, id, third = read.text(), read.text(), read.text(), read.text()
                local item = {
                    what = what, token = token, id = id, hash = third, channel = third, kind = read.text(),
                    extra = read.text(), number = read.number(),
                }
                local ends = what == 'event' and EVENT_ENDS or DELIVERY_ENDS
                if not ends[item.kind] then error({err = 'ERR tocsin: no such end'}) end
                if item.kind == 'retry' then number(item.extra, 'the delay') end
                items[i] = item
            end
            local now = tick(q)
            local held = held_key(q, boot)
            local results = {}
            for i, item in ipairs(items) do
                local finish = item.what == 'event' and complete_event or complete_delivery
                results[i] = finish(q, now, most, held, item)
            end
            return results
        end

        -- args: boot, lease
        local function beat(keys, args)
            local q, read = open(keys), reader(args)
            local boot, lease = read.text(), read.number()
            local now = tick(q)
            -- A lease whose key was lost is still the worker's while what it holds is there.
            if not redis.call('ZSCORE', q.workers, boot) and redis.call('EXISTS', held_key(q, boot)) == 0 then return 0 end
            redis.call('ZADD', q.workers, int(now + lease), boot)
            redis.call('SADD', q.boots, boot)
            redis.call('HSET', q.clock, 'lease', int(lease))
            return 1
        end

        local function sweep(keys, args)
            local q = open(keys)
            local now, grace = tick(q)
            if now < grace then return 0 end
            local swept, boots = 0, 0
            -- Goes through those who may hold something, so that even a worker whose lease was lost is found.
            for _, boot in ipairs(redis.call('SMEMBERS', q.boots)) do
                local lease_end = tonumber(redis.call('ZSCORE', q.workers, boot) or 0)
                if lease_end <= now and boots < 8 then
                    boots = boots + 1
                    swept = swept + give_back(q, boot, 1)
                end
            end
            return swept
        end

        -- args: boot
        local function leave(keys, args)
            local q, read = open(keys), reader(args)
            local boot = read.text()
            tick(q)
            return give_back(q, boot, 0)
        end

        -- args: channel, duration
        local function gate(keys, args)
            local q, read = open(keys), reader(args)
            local channel, duration = read.text(), read.number()
            local now = tick(q)
            local key = q.p .. 'c:' .. channel
            if duration <= 0 then
                redis.call('DEL', key)
            else
                local gate_end = math.max(now + duration, tonumber(redis.call('GET', key) or 0))
                redis.call('SET', key, int(gate_end), 'PX', int(gate_end - now + 1))
            end
            touch(q, channel)
            return 1
        end

        redis.register_function('@enqueue@', enqueue)
        -- A server that is full must still drain.
        local draining = {'allow-oom'}
        redis.register_function{function_name = '@claim@', callback = claim, flags = draining}
        redis.register_function{function_name = '@route@', callback = route, flags = draining}
        redis.register_function{function_name = '@complete@', callback = complete, flags = draining}
        redis.register_function{function_name = '@beat@', callback = beat, flags = draining}
        redis.register_function{function_name = '@sweep@', callback = sweep, flags = draining}
        redis.register_function{function_name = '@leave@', callback = leave, flags = draining}
        redis.register_function{function_name = '@gate@', callback = gate, flags = draining}

        """#
}
